// The family kill, with everything that it needs at hand: once a desk is made, killing takes no memory and no lock, for
// it must work when the machine has nothing left. Each guardian has one of its own and makes it early.
// A pass signals whoever it sees; who forked meanwhile, or was below somebody for whom the desk had no room, is met by
// the next one. Waitid's ECHILD alone says that nobody is left.
#pragma once

#include "gpulaunch/process/number_set.hpp"
#include "gpulaunch/process/pinned_memory.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <sys/types.h>

#include <cstddef>

namespace gpulaunch {

class KillDesk {
 public:
  static constexpr std::size_t usual_room = 1024;  // processes; 72 KiB

  // `room` is a power of two, or 0: then a pass reaches our own children, and the next one theirs.
  explicit KillDesk(std::size_t room = usual_room) noexcept;

  // One pass of SIGKILL over everyone below us: groups first, then the tree. Call again (with reaping between) until
  // nobody is left.
  void kill_descendants() noexcept;
  // SIGKILL to every member of the session of `leader` and everyone below them. Call it before the leader is reaped:
  // its group, which goes first, is left alone afterwards.
  void kill_session(pid_t leader) noexcept;

 private:
  class KillAtOnce;
  class KillFamilyAtOnce;

  [[nodiscard]] bool is_group_of_ours(const ProcessFacts& member) const noexcept;
  void kill_groups() noexcept;
  [[nodiscard]] bool is_family(const ProcessFacts& process) const noexcept;
  void look_for_family() noexcept;
  bool kill_family() noexcept;

  PinnedMemory memory_;
  ProcessTable table_;
  NumberSet crowds_;  // the groups that were killed; the family's sessions
  NumberSet met_;     // the family's processes, with their start times
};

}  // namespace gpulaunch
