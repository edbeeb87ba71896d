// What a new child does between clone and exec. It runs on a stack of its own in our memory while we are suspended, so
// it makes system calls and nothing else: no allocation, no lock, no handler of ours. Its steps are a table; the stage
// that it is in is written down before each, so that a child that is killed on the way has said where it was.
// The parent fills in ChildOrders, and reads back what the child found out about the kernel.
#pragma once

#include "gpulaunch/process/signal_mask.hpp"
#include "gpulaunch/process/spawn.hpp"

#include <sys/types.h>

#include <array>
#include <atomic>
#include <span>

namespace gpulaunch {

struct ChildOrders {
  const ChildSpec* spec = nullptr;
  SignalSet ignored = 0;  // dispositions that stay SIG_IGN
  // spec's standard streams and, where there is one, its heartbeat, or copies of them below `files_kept`.
  std::array<int, 4> files{0, 1, 2, -1};
  int files_kept = 3;                   // one more than the highest descriptor that the child needs
  bool shares_files = false;            // CLONE_FILES: the table is ours until the child has left it
  std::span<const unsigned long> cpus;  // as the kernel takes it; empty: as inherited
  int cgroup_to_clone_into = -1;        // by clone3(2)
  int cgroup_to_join = -1;              // by the child itself
  pid_t parent = -1;
  int status = -1;                              // write end of the status pipe, never 0 to 3
  std::atomic<SpawnStage>* progress = nullptr;  // in memory that even a forked child shares

  [[nodiscard]] int file_count() const { return files[3] < 0 ? 3 : 4; }

  // Written by the child. Both stay false when it was killed at birth, or where vfork is a fork (qemu-user, WSL 1).
  bool memory_is_shared = false;
  bool files_can_be_left = false;  // close_range(CLOSE_RANGE_UNSHARE) is there (Linux 5.9)
};

// The entry point for clone(2); `orders` is a ChildOrders. Sends a SpawnError down the status pipe when a step fails.
int start_child(void* orders) noexcept;

}  // namespace gpulaunch
