#include "gpulaunch/process/leftovers.hpp"

#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace gpulaunch {
namespace {

pid_t tracer_of(pid_t pid) {
  constexpr std::string_view label = "\nTracerPid:\t";
  std::array<char, 2048> text{};
  const auto status = read_beginning(ProcPath() / pid / "status", text);
  const auto at = status ? status->find(label) : std::string_view::npos;
  if (at == std::string_view::npos) return 0;
  pid_t tracer = 0;
  std::from_chars(status->data() + at + label.size(), status->data() + status->size(), tracer);
  return tracer;
}

struct Thread {
  pid_t number = -1;
  char state = '?';
};

// One that cannot be interrupted is in the others' way, then the main one tells how the process is.
Thread telling_thread(const ProcessFacts& process) {
  NumberFolder threads(ProcPath() / process.pid / "task");
  while (const auto number = threads.next()) {
    std::array<char, 1024> beginning{};
    const auto line = read_beginning(ProcPath() / process.pid / "task" / *number / "stat", beginning);
    const auto facts = line ? parse_stat(*line) : std::nullopt;
    if (facts && facts->state == 'D') return {*number, 'D'};
  }
  return {process.pid, process.state};
}

// "0" where the thread runs, or where we may not know.
std::string waits_in(pid_t pid, pid_t thread) {
  const auto function = read_proc(ProcPath() / pid / "task" / thread / "wchan").value_or("");
  return function == "0" ? "" : function;
}

std::vector<std::string> open_devices(pid_t pid) {
  std::vector<std::string> devices;
  NumberFolder files(ProcPath() / pid / "fd");
  while (const auto fd = files.next()) {
    std::array<char, 64> name{};
    const auto size = ::readlink((ProcPath() / pid / "fd" / *fd).c_str(), name.data(), name.size());
    const std::string_view target(name.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (target.starts_with("/dev/nvidia")) devices.emplace_back(target);
  }
  std::ranges::sort(devices);
  devices.erase(std::unique(devices.begin(), devices.end()), devices.end());
  return devices;
}

bool may_not_kill(pid_t pid) { return ::kill(pid, 0) != 0 && errno == EPERM; }

Leftover::Why why_left(const Leftover& leftover) {
  if (leftover.dead() || leftover.state == 't') return Leftover::Why::held_by_tracer;
  if (may_not_kill(leftover.pid)) return Leftover::Why::not_ours_to_kill;
  return leftover.state == 'D' ? Leftover::Why::uninterruptible : Leftover::Why::slow;
}

Leftover look_at(const ProcessFacts& process) {
  const auto thread = telling_thread(process);
  Leftover leftover{.pid = process.pid,
                    .command = command_name(process.pid),
                    .state = thread.state,
                    .waits_in = waits_in(process.pid, thread.number),
                    .tracer = tracer_of(process.pid),
                    .devices = open_devices(process.pid)};
  leftover.why = why_left(leftover);
  return leftover;
}

std::string tracer_text(pid_t tracer) {
  if (tracer == 0) return "a debugger";
  return fmt::format("{} ({})", tracer, command_name(tracer));
}

std::string plight_of(const Leftover& leftover) {
  switch (leftover.why) {
    case Leftover::Why::held_by_tracer:
      return fmt::format("{} {} (state {})",
                         leftover.dead() ? "has ended, but cannot be reaped: it is traced by" : "is held by",
                         tracer_text(leftover.tracer), leftover.state);
    case Leftover::Why::uninterruptible:
      return fmt::format("waits in the kernel (state D{}{}) and cannot be interrupted",
                         leftover.waits_in.empty() ? "" : ", ", leftover.waits_in);
    case Leftover::Why::not_ours_to_kill: return "runs as another user, and may not be killed by us";
    case Leftover::Why::slow: break;
  }
  return fmt::format("is still there (state {}{}{})", leftover.state, leftover.waits_in.empty() ? "" : ", ",
                     leftover.waits_in);
}

}  // namespace

std::vector<Leftover> leftovers() {
  std::vector<Leftover> left;
  for (const auto& process : process_tree()) {
    if (!process.dead() || tracer_of(process.pid) != 0) left.push_back(look_at(process));
  }
  return left;
}

std::string describe(const Leftover& leftover) {
  auto text = fmt::format("{} ({}) {}", leftover.pid, leftover.command, plight_of(leftover));
  if (!leftover.devices.empty()) text += fmt::format("; it has {} open", fmt::join(leftover.devices, ", "));
  return text;
}

}  // namespace gpulaunch
