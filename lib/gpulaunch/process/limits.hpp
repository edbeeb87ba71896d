// Open files: a job of N ranks needs about 4 descriptors a rank. The soft limit is raised for ourselves alone; ranks
// get the limits that we were given.
#pragma once

#include "gpulaunch/base/error.hpp"

#include <sys/resource.h>

namespace gpulaunch {

// The limit as it was; our own soft limit is raised to at least `needed` when it is lower.
// Errors: usage-like system error that names the hard limit, the number needed and `ulimit -Hn`.
[[nodiscard]] Result<rlimit> ensure_open_files(rlim_t needed);

}  // namespace gpulaunch
