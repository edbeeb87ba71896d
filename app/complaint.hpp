// One clear line on standard error, and the exit status that goes with it.
#pragma once

#include "gpulaunch/base/error.hpp"

namespace gpulaunch {

// "gpulaunch: <message>"; returns exit_status_of(error.kind).
[[nodiscard]] int complain(const Error& error);

}  // namespace gpulaunch
