// What the kernel knows about a process's end before it tells: exit_group and a fatal signal fix the status first, then
// the threads end, then the memory goes (20 ms for 256 MiB, and a core file may come before it), and only then do pidfd
// and waitid speak. Nothing here allocates.
#pragma once

#include "gpulaunch/base/outcome.hpp"

#include <sys/types.h>

#include <optional>

namespace gpulaunch {

struct EndAhead {
  enum class Kind {
    none,   // it runs on, or nobody can say yet: also where we may not know its status (another user's)
    well,   // it ends with exit code 0
    badly,  // it ends with `outcome`, which cannot change any more but for the core file
  };
  Kind kind = Kind::none;
  Outcome outcome;
};

// Of an unreaped child. A main thread that has ended while others run on, an exec, a stop and a tracer are no ends.
[[nodiscard]] EndAhead end_ahead_of(pid_t leader) noexcept;

// One task's stat line, as far as it speaks of an end.
struct TaskEnd {
  char state = '?';
  unsigned flags = 0;
  int threads = 0;
  int status = 0;  // as wait(2) gives it
};
// `other`: any other thread of the process; nothing when there was none to be seen.
[[nodiscard]] EndAhead judge_end(const TaskEnd& leader, const std::optional<TaskEnd>& other) noexcept;

}  // namespace gpulaunch
