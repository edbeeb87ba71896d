// The anchor's life: it sleeps until the front or the core is gone, and then sees to it that nobody is left.
#pragma once

#include "gpulaunch/process/guardians.hpp"

namespace gpulaunch {

struct AnchorPost {
  GuardLink front;
  GuardLink core;
  SignalInbox signals;
  pid_t core_pid = -1;
};

// Returns when nobody of the job is left.
void watch_as_anchor(AnchorPost post) noexcept;

}  // namespace gpulaunch
