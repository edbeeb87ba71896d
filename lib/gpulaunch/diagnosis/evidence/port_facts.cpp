#include "gpulaunch/diagnosis/evidence/port_facts.hpp"

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/diagnosis/evidence/listeners.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/process/process_facts.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace gpulaunch {
namespace {

namespace fs = std::filesystem;

std::optional<pid_t> process_number(const std::string& name) {
  pid_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && end == name.data() + name.size() ? std::optional(number) : std::nullopt;
}

bool holds(const fs::path& descriptors, const std::string& socket) {
  std::error_code error;
  for (fs::directory_iterator entry(descriptors, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (fs::read_symlink(entry->path(), gone) == socket) return true;
  }
  return false;
}

// Looks through all processes, which on a large machine takes long: not beyond a limit, by our own work.
std::optional<pid_t> holder_of(const std::string& root, std::uint64_t inode) {
  constexpr auto longest = std::chrono::milliseconds(20);
  const auto socket = fmt::format("socket:[{}]", inode);
  const auto deadline = processor_time() + longest;
  std::error_code error;
  for (fs::directory_iterator entry(root + "/proc", error), end; !error && entry != end; entry.increment(error)) {
    const auto pid = process_number(entry->path().filename().string());
    if (pid && holds(entry->path() / "fd", socket)) return pid;
    if (processor_time() > deadline) break;
  }
  return std::nullopt;
}

// The command line of a process that is blocked in the kernel may not be readable without blocking as well.
std::string command_of(const std::string& root, pid_t pid) {
  const auto folder = fmt::format("{}/proc/{}", root, pid);
  const auto stat = read_small_file(folder + "/stat");
  const auto facts = stat ? parse_stat(*stat) : std::nullopt;
  if (!facts || facts->state == 'D') return "";
  auto words = read_small_file(folder + "/cmdline").value_or("");
  constexpr std::size_t longest = 80;
  while (!words.empty() && words.back() == '\0') words.pop_back();
  words = words.substr(0, words.find('\n'));
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words.size() > longest ? words.substr(0, longest) + "…" : words;
}

std::string holder_text(const std::string& root, pid_t pid, const std::vector<RankTrace>& ranks) {
  const auto own = std::find_if(ranks.begin(), ranks.end(), [&](const RankTrace& rank) { return rank.has(pid); });
  const auto command = command_of(root, pid);
  return fmt::format("{}pid {}{}", own != ranks.end() ? fmt::format("rank {} of this job, ", own->rank) : "", pid,
                     command.empty() ? "" : fmt::format(" ({})", command));
}

std::optional<Fact> taken(const std::string& root, const EvidenceQuestion& question, int port) {
  const auto inodes = find_listeners(root, port);
  if (inodes.empty()) return std::nullopt;
  const auto holder = holder_of(root, inodes.front());
  const auto is_holder = [&](const RankTrace& rank) { return holder && rank.has(*holder); };
  // Rank 0 is to listen there.
  if (port == question.master_port && std::any_of(question.ranks.begin(), question.ranks.end(), is_holder))
    return std::nullopt;
  const auto who = holder ? holder_text(root, *holder, question.ranks) : "a process that we may not look into";
  return Fact{"port-taken", {}, fmt::format("port {} is held by {}", port, who)};
}

std::optional<Fact> privileged(const std::string& root, int port) {
  const auto text = read_small_file(root + "/proc/sys/net/ipv4/ip_unprivileged_port_start");
  int first_free = 1024;
  if (text) std::from_chars(text->data(), text->data() + text->size(), first_free);
  if (::geteuid() == 0 || port <= 0 || port >= first_free) return std::nullopt;
  return Fact{"port-privileged", {}, fmt::format("port {} is below {}: only root may listen there", port, first_free)};
}

}  // namespace

std::vector<Fact> port_facts(const std::string& root, const EvidenceQuestion& question) {
  auto ports = question.ports;
  if (question.master_port) ports.push_back(*question.master_port);
  std::sort(ports.begin(), ports.end());
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  std::vector<Fact> facts;
  for (const int port : ports) {
    if (auto fact = taken(root, question, port)) facts.push_back(std::move(*fact));
    if (auto fact = privileged(root, port)) facts.push_back(std::move(*fact));
  }
  return facts;
}

}  // namespace gpulaunch
