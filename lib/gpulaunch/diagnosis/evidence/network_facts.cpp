#include "gpulaunch/diagnosis/evidence/network_facts.hpp"

#include "gpulaunch/diagnosis/evidence/common_facts.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/process/mounts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <strings.h>

namespace gpulaunch {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// The words of a line, without what follows a "#".
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  constexpr std::string_view blanks = " \t\r";
  for (auto at = line.find_first_not_of(blanks); at != std::string_view::npos; at = line.find_first_not_of(blanks)) {
    line.remove_prefix(at);
    words.push_back(line.substr(0, line.find_first_of(blanks)));
    line.remove_prefix(words.back().size());
  }
  return words;
}

bool in_hosts(std::string_view name, std::string_view hosts) {
  while (const auto line = take_line(hosts)) {
    const auto words = words_of(*line);
    if (std::any_of(words.begin() + (words.empty() ? 0 : 1), words.end(),
                    [&](std::string_view word) { return same_name(word, name); }))
      return true;
  }
  return false;
}

bool is_address(std::string_view name) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  const std::string text(name.substr(0, name.find('%')));
  return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// Who is asked for hosts, without the conditions in brackets; glibc's own choice where the file says nothing.
std::vector<std::string> services(std::string_view nsswitch) {
  while (const auto line = take_line(nsswitch)) {
    const auto words = words_of(*line);
    if (words.empty() || words.front() != "hosts:") continue;
    std::vector<std::string> named;
    for (const auto word : words) {
      if (word != "hosts:" && !word.starts_with('[') && !word.ends_with(']')) named.emplace_back(word);
    }
    return named;
  }
  return {"dns", "files"};
}

bool has_name_server(std::string_view resolv) {
  while (const auto line = take_line(resolv)) {
    const auto words = words_of(*line);
    if (words.size() > 1 && words.front() == "nameserver") return true;
  }
  return false;
}

bool has_prefix_in(std::string_view name, std::string_view list, bool whole) {
  while (!list.empty()) {
    auto entry = take_until(list, ',');
    entry = entry.substr(0, entry.find(':'));  // NCCL allows for a port behind it
    if (!entry.empty() && (whole ? name == entry : name.starts_with(entry))) return true;
  }
  return false;
}

bool gloo_finds_interface(std::string_view value, const std::vector<std::string>& names) {
  while (!value.empty()) {
    if (std::find(names.begin(), names.end(), take_until(value, ',')) == names.end()) return false;
  }
  return true;
}

Fact missing(const RankTrace& rank, const char* variable, const std::string& value,
             const std::vector<std::string>& names) {
  return {"interface-missing", rank.rank,
          fmt::format("{} is {} but this machine has only {}", variable, value, fmt::join(names, ", "))};
}

std::vector<Fact> interface_facts(const std::vector<RankTrace>& ranks, const std::vector<std::string>& names) {
  std::vector<Fact> facts;
  if (names.empty()) return facts;
  for (const auto& rank : ranks) {
    const auto& nccl = rank.nccl_ifname;
    const auto& gloo = rank.gloo_ifname;
    if (nccl && !nccl_finds_interface(*nccl, names)) facts.push_back(missing(rank, "NCCL_SOCKET_IFNAME", *nccl, names));
    if (gloo && !gloo_finds_interface(*gloo, names)) facts.push_back(missing(rank, "GLOO_SOCKET_IFNAME", *gloo, names));
  }
  return say_once(std::move(facts), ranks.size());
}

std::string own_name() {
  std::array<char, 256> name{};  // the last byte stays 0
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

HostFiles read_host_files(const std::string& root) {
  const auto text = [&](const char* name) { return read_small_file(root + name).value_or(""); };
  return {.hosts = text("/etc/hosts"), .nsswitch = text("/etc/nsswitch.conf"), .resolv = text("/etc/resolv.conf")};
}

Fact unresolvable(const char* what, const std::string& name) {
  return {"host-unresolvable",
          {},
          fmt::format("{} {} does not resolve: it is not in /etc/hosts, and no name server is set", what, name)};
}

}  // namespace

std::vector<std::string> interface_names(std::string_view text) {
  std::vector<std::string> names;
  while (const auto line = take_line(text)) {
    const auto words = words_of(line->substr(0, line->find(':')));
    if (line->find(':') != std::string_view::npos && words.size() == 1) names.emplace_back(words.front());
  }
  return names;
}

bool nccl_finds_interface(std::string_view value, const std::vector<std::string>& names) {
  const bool exclude = value.starts_with('^');
  if (exclude) value.remove_prefix(1);
  const bool whole = value.starts_with('=');
  if (whole) value.remove_prefix(1);
  if (value.empty()) return true;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return has_prefix_in(name, value, whole) != exclude; });
}

bool surely_unresolvable(std::string_view name, std::string_view own, const HostFiles& files) {
  if (name.empty() || is_address(name) || same_name(name, "localhost") || in_hosts(name, files.hosts)) return false;
  for (const auto& service : services(files.nsswitch)) {
    if (service == "files") continue;
    if (service == "myhostname" && !same_name(name, own)) continue;
    if (service == "dns" && !has_name_server(files.resolv)) continue;
    return false;
  }
  return true;
}

std::vector<Fact> network_facts(const std::string& root, const EvidenceQuestion& question) {
  auto facts = interface_facts(question.ranks, interface_names(read_small_file(root + "/proc/net/dev").value_or("")));
  const auto files = read_host_files(root);
  const auto own = own_name();
  if (surely_unresolvable(own, own, files)) facts.push_back(unresolvable("this machine's name", own));
  if (question.master_addr != own && surely_unresolvable(question.master_addr, own, files))
    facts.push_back(unresolvable("MASTER_ADDR", question.master_addr));
  return facts;
}

}  // namespace gpulaunch
