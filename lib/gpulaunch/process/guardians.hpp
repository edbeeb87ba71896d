// Three processes watch over a job: front -> anchor -> core -> ranks. All are subreapers, so that whatever a dead one
// leaves behind falls to the next; any one or two of them may be killed, at any moment, and the rest kill everything.
//
//   front   the process that the user started: takes signals, stops with Ctrl-Z, gives the exit status
//   anchor  sleeps in a session of its own until one of the others is gone
//   core    runs the job: spawns, reads, decides; the only one that grows
//
// A guardian that was stopped is continued by its parent, or by the kernel when its parent dies (PR_SET_PDEATHSIG).
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/process/guard_link.hpp"
#include "gpulaunch/process/process_name.hpp"
#include "gpulaunch/process/signal_inbox.hpp"

#include <sys/types.h>

#include <functional>
#include <vector>

namespace gpulaunch {

enum class SessionPlace : std::int32_t {
  own_session,  // away from the terminal and from whoever kills the user's session
  own_group,    // the only rank has the terminal, and tcsetpgrp(3) works within its session alone
};

// What the core is given: its links, its signals, and who the front is.
struct CorePost {
  GuardLink front;
  GuardLink anchor;
  SignalInbox signals;
  pid_t front_group = -1;

  // Moves the core out of the front's process group, and asks the anchor to do the same.
  [[nodiscard]] Result<void> take_place(SessionPlace place);
  // Until the anchor has done so nothing may be started: whoever kills the front's group would kill all guardians.
  // Errors: the anchor is gone already.
  [[nodiscard]] Result<void> await_anchor();
  // A folder that must not outlive the job even when the core does not live to remove it.
  void promise_removal(std::string_view folder);
  // The cgroup of the attempt that begins now, to be killed as one.
  void name_cgroup(std::string_view path);
};

struct CoreVerdict {
  ExitVerdict verdict;
  bool signal_to_group = false;  // the front's group gets `raise_signal`, as from the terminal
  bool abandoned = false;        // something could not be killed
};

struct GuardSpec {
  std::vector<int> signals;  // beside the usual ones, those that the front passes on
  ArgumentArea arguments;
  bool in_slurm_step = false;  // slurmstepd signals every process of a step itself
  Nanos unkillable{};          // how long what SIGKILL does not end is waited for
  int parent = -1;             // a pidfd, borrowed: its end is a SIGTERM to the launcher
  bool isolate = false;        // the job gets a pid namespace of its own, with the core as its first process
};

// Runs `core` in a process of its own, guarded; returns in the front when the job is over and nobody of it is left.
// Called once, while there is one thread. Errors: the guardians could not be made.
[[nodiscard]] Result<ExitVerdict> run_guarded(const GuardSpec& spec, const std::function<CoreVerdict(CorePost&)>& core);

}  // namespace gpulaunch
