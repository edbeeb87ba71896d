// Which options exclude or need one another, whatever the machine. Called once, by make_job().
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/options.hpp"

namespace gpulaunch {

// Errors: usage; names both flags and says why they do not go together.
[[nodiscard]] Result<void> check_combinations(const Options& options);

}  // namespace gpulaunch
