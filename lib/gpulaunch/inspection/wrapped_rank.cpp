#include "gpulaunch/inspection/wrapped_rank.hpp"

#include "gpulaunch/process/proc_files.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace gpulaunch {
namespace {

// By the names that the kernel knows them by (15 characters at most).
constexpr std::array<std::string_view, 21> runners{
    "sh",     "bash", "dash",    "zsh",    "ksh", "fish", "busybox", "env",  "numactl", "taskset", "nice",
    "stdbuf", "time", "timeout", "strace", "gdb", "nsys", "ncu",     "sudo", "setpriv", "conda"};
constexpr int deepest_wrapping = 8;

bool runs_others(pid_t process) {
  auto name = read_proc(ProcPath() / process / "comm").value_or("");
  while (name.ends_with('\n')) name.pop_back();
  return std::ranges::find(runners, name) != runners.end();
}

// The kernel may have been built without these lists (CONFIG_PROC_CHILDREN): then nobody has children.
std::optional<pid_t> only_child(pid_t process) {
  const auto list = read_proc(ProcPath() / process / "task" / process / "children").value_or("");
  pid_t child = -1;
  const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), child);
  const auto rest = std::string_view(end, static_cast<std::size_t>(list.data() + list.size() - end));
  const bool alone = error == std::errc{} && rest.find_first_of("0123456789") == std::string_view::npos;
  return alone && child > 1 ? std::optional(child) : std::nullopt;
}

}  // namespace

pid_t worker_of(pid_t process) {
  for (int depth = 0; depth < deepest_wrapping && runs_others(process); ++depth) {
    const auto child = only_child(process);
    if (!child) break;
    process = *child;
  }
  return process;
}

std::vector<InspectedRank> with_workers(std::vector<InspectedRank> ranks) {
  for (auto& rank : ranks) {
    rank.leader = rank.pid;
    if (rank.pid > 1) rank.pid = worker_of(rank.pid);
  }
  return ranks;
}

}  // namespace gpulaunch
