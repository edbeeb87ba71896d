// Signs that a process begins to end, which come long before its pidfd does (end_ahead.hpp): a helper thread that ends,
// a memory map that is gone, a core file that is written. A sign is no proof: whoever sees one asks end_ahead_of.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace gpulaunch {

// pidfds of two threads beside the main one (PIDFD_THREAD, Linux 6.9), readable when the thread ends. The main thread's
// own is of no use: it stays silent until it is the last one. The oldest threads are taken, as pools renew the young.
class ThreadWatch {
 public:
  static constexpr std::size_t slots = 2;
  enum class Armed { as_possible, unsupported, no_descriptors };

  // Fills the empty slots. A descriptor that is not below `fd_limit` is given back: others need the rest.
  Armed arm(pid_t leader, int fd_limit) noexcept;
  [[nodiscard]] int fd(std::size_t slot) const { return threads_[slot].fd.get(); }  // -1: empty
  [[nodiscard]] bool any() const { return threads_[0].fd || threads_[1].fd; }
  [[nodiscard]] bool full() const { return threads_[0].fd && threads_[1].fd; }
  void drop(std::size_t slot) noexcept { threads_[slot] = {}; }

 private:
  struct Thread {
    pid_t tid = -1;
    Fd fd;
  };
  [[nodiscard]] bool watches(pid_t tid) const { return threads_[0].tid == tid || threads_[1].tid == tid; }

  std::array<Thread, slots> threads_;
};

// /proc/PID/statm, held open: a microsecond for each look.
struct MemoryLook {
  enum class Kind { mapped, none, unreadable };  // none: the main thread has let go of the process's memory
  Kind kind = Kind::unreadable;
  std::size_t resident = 0;  // bytes
};
[[nodiscard]] MemoryLook parse_statm(std::string_view line, std::size_t page_size) noexcept;
[[nodiscard]] Fd open_statm(pid_t pid) noexcept;
[[nodiscard]] MemoryLook look_at_memory(int statm) noexcept;

// /proc/PID/status, held open (CoreDumping: Linux 4.15).
[[nodiscard]] Fd open_status(pid_t pid) noexcept;
[[nodiscard]] bool is_dumping_core(int status) noexcept;
// No: its limit forbids a core file, and no program takes one. Assumed where we cannot know.
[[nodiscard]] bool may_dump_core(pid_t pid) noexcept;

}  // namespace gpulaunch
