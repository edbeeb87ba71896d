// The signatures of this folder as they are compiled into the program, without their samples.
#pragma once

#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <vector>

namespace gpulaunch {

// Read anew with each call (a fraction of a millisecond): ask only after a failure.
[[nodiscard]] std::vector<Signature> built_in_signatures();

}  // namespace gpulaunch
