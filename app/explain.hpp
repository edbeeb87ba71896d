// `gpulaunch explain FILE...`: what saved logs of any launcher say about a failure.
#pragma once

#include "gpulaunch/options/explain.hpp"

namespace gpulaunch {

// The exit status: 0 when something was explained, 1 when nothing was found, else as errors have it.
[[nodiscard]] int explain_logs(const ExplainOptions& options);

}  // namespace gpulaunch
