// The front's life: it hands the user's signals to the core and waits for the verdict. When it loses the others it ends
// the job itself.
#pragma once

#include "gpulaunch/process/guardians.hpp"

namespace gpulaunch {

struct FrontPost {
  GuardLink anchor;
  GuardLink core;
  SignalInbox signals;
  pid_t anchor_pid = -1;
  int parent = -1;
  bool in_slurm_step = false;
  Nanos unkillable{};
};

[[nodiscard]] ExitVerdict watch_as_front(FrontPost post);

}  // namespace gpulaunch
