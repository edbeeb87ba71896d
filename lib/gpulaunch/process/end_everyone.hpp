// The last resort that all guardians share: SIGKILL to everyone below this process, again and again, until waitid says
// that nobody is left. Takes no memory and no lock.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/process/kill_desk.hpp"

#include <optional>

namespace gpulaunch {

// Reaps whoever ends. False: `deadline` has passed and somebody is still there (an uninterruptible sleep, a tracer that
// holds a zombie).
bool end_everyone(KillDesk& desk, std::optional<Mono> deadline) noexcept;

}  // namespace gpulaunch
