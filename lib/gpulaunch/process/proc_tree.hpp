// /proc as it is needed for killing: one process's line of facts, and everyone below us. What is read here is old by
// the time it is used; whoever signals checks again (is_same) once the process cannot be mistaken any more.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// proc(5), /proc/PID/stat.
struct ProcessFacts {
  pid_t pid = -1;
  char state = '?';
  pid_t parent = -1;
  pid_t group = -1;
  pid_t session = -1;
  int threads = 0;
  std::uint64_t start_time = 0;  // clock ticks after boot: with the pid, the name of one process
  std::uint64_t stack = 0;  // where its first stack begins: a fork has its parent's; 0 where we may not know (proc(5))
  int exit_status = 0;      // of a zombie, as wait(2) gives it; 0 where we may not know

  // A main thread that has ended is shown as a zombie while others of the process run on.
  [[nodiscard]] bool dead() const { return (state == 'Z' || state == 'X') && threads <= 1; }
  [[nodiscard]] bool is_same(const ProcessFacts& other) const {
    return pid == other.pid && start_time == other.start_time;
  }
};

// The command's name stands in parentheses and may itself hold parentheses, spaces and newlines.
[[nodiscard]] std::optional<ProcessFacts> parse_stat(std::string_view line);
[[nodiscard]] std::optional<ProcessFacts> read_facts(pid_t pid);

// Everyone below us, parents before children, zombies too. Empty where /proc is not mounted or
// shows another pid namespace's numbers.
[[nodiscard]] std::vector<ProcessFacts> process_tree();

// Our own children, zombies too, by number: one read where the kernel keeps the list (CONFIG_PROC_CHILDREN).
[[nodiscard]] std::vector<pid_t> own_children();

// The two ways to find it. By the lists of children that each thread has: cheap for a few processes, but it needs
// CONFIG_PROC_CHILDREN and looks at every thread; nothing when the lists are missing or `thread_budget` is used up.
[[nodiscard]] std::optional<std::vector<ProcessFacts>> tree_by_children(std::size_t thread_budget);
// By the parents of all processes of the machine.
[[nodiscard]] std::vector<ProcessFacts> tree_by_parents();

// Its words with a blank between them; empty for a zombie, or when it is gone. A fork has its parent's until it execs.
[[nodiscard]] std::string command_line(pid_t pid);

// A whole small file of /proc; nothing when it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_proc(const char* path);

}  // namespace gpulaunch
