// --dry-run: what would be done, printed instead of done.
#pragma once

#include "gpulaunch/plan/job.hpp"

namespace gpulaunch {

[[nodiscard]] int dry_run(const Job& job, const Environment& environment);

}  // namespace gpulaunch
