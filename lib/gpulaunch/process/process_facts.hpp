// One process's line of facts. What is read here is old by the time it is used; whoever signals checks again (is_same)
// once the process cannot be mistaken any more. Reads without allocating, but for the command line.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

// proc(5), /proc/PID/stat.
struct ProcessFacts {
  pid_t pid = -1;
  char state = '?';
  pid_t parent = -1;
  pid_t group = -1;
  pid_t session = -1;
  unsigned flags = 0;  // the kernel's PF_...
  int threads = 0;
  std::uint64_t start_time = 0;  // clock ticks after boot: with the pid, the name of one process

  // A main thread that has ended is shown as a zombie while others of the process run on.
  [[nodiscard]] bool dead() const { return (state == 'Z' || state == 'X') && threads <= 1; }
  [[nodiscard]] bool is_same(const ProcessFacts& other) const {
    return pid == other.pid && start_time == other.start_time;
  }
};

// The command's name stands in parentheses and may itself hold parentheses, spaces and newlines.
[[nodiscard]] std::optional<ProcessFacts> parse_stat(std::string_view line) noexcept;
[[nodiscard]] std::optional<ProcessFacts> read_facts(pid_t pid) noexcept;

// What the same line says about a process's past. Zeros where we may not know.
struct ProcessPast {
  std::uint64_t stack = 0;  // where its first stack begins: a fork has its parent's until it executes something
  int exit_status = 0;      // as wait(2) gives it: of a zombie, and of who ends or is stopped
};
[[nodiscard]] ProcessPast parse_past(std::string_view stat_line) noexcept;
[[nodiscard]] ProcessPast read_past(pid_t pid) noexcept;
// Its words with blanks between them; empty for a zombie, or when it is gone. Allocates.
[[nodiscard]] std::string command_line(pid_t pid);

}  // namespace gpulaunch
