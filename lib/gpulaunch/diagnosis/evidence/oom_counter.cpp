#include "gpulaunch/diagnosis/evidence/oom_counter.hpp"

#include "gpulaunch/host/files.hpp"
#include "gpulaunch/process/mounts.hpp"

#include <charconv>

namespace gpulaunch {
namespace {

bool counts_kills(const std::string& file) {
  const auto text = read_small_file(file);
  return text && count_named(*text, "oom_kill");
}

// The folder itself or the nearest above it with such a file.
std::optional<std::string> nearest_with_events(std::string folder) {
  while (folder.size() > 1) {
    if (counts_kills(folder + "/memory.events")) return folder;
    folder.erase(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  }
  return std::nullopt;
}

// The path within its hierarchy: below /sys/fs/cgroup, or below a folder of that for one hierarchy among several.
std::string path_within(const std::string& folder, const std::string& root, std::string_view hierarchy) {
  std::string_view path(folder);
  for (const auto& mount : {root + "/sys/fs/cgroup", std::string(hierarchy)}) {
    if (const auto rest = path_below(path, mount)) path = *rest;
  }
  return std::string(path);
}

}  // namespace

OomCounter OomCounter::find(const OwnCgroups& own, const std::string& cgroup) {
  const auto start = cgroup.empty() ? own.unified : std::optional(cgroup);
  if (const auto folder = start ? nearest_with_events(*start) : std::nullopt)
    return {*folder + "/memory.events", "cgroup " + *folder, path_within(*folder, own.root, "/unified")};
  if (own.memory && counts_kills(*own.memory + "/memory.oom_control"))
    return {*own.memory + "/memory.oom_control", "cgroup " + *own.memory,
            path_within(*own.memory, own.root, "/memory")};
  return {own.root + "/proc/vmstat", "this machine", std::nullopt};
}

std::optional<long long> OomCounter::read() const {
  const auto text = read_small_file(file_);
  return text ? count_named(*text, "oom_kill") : std::nullopt;
}

std::optional<long long> count_named(std::string_view text, std::string_view name) {
  while (const auto line = take_line(text)) {
    if (!line->starts_with(name) || line->substr(name.size(), 1) != " ") continue;
    long long value = 0;
    const auto number = line->substr(name.size() + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    return error == std::errc{} ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace gpulaunch
