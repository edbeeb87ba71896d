// How much is started on this machine, for the price of one read: the fourth and fifth field of /proc/loadavg. Whoever
// keeps an eye on a growing family asks here first and walks the tree only when something has moved.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

#include <optional>
#include <string_view>

namespace gpulaunch {

// proc(5), /proc/loadavg. Threads count in both.
struct TaskCount {
  int tasks = 0;       // of the whole machine, in a pid namespace too
  pid_t last_pid = 0;  // the number given out last, in our own pid namespace
};

// "0.20 0.18 0.12 1/80 11206". Nothing where a kernel of another kind or a container fills in zeros.
[[nodiscard]] std::optional<TaskCount> parse_task_count(std::string_view line);

class TaskCounter {
 public:
  TaskCounter();
  // The file stays open: the kernel writes it anew for every read from its start.
  [[nodiscard]] std::optional<TaskCount> read() const;

 private:
  Fd file_;
};

}  // namespace gpulaunch
