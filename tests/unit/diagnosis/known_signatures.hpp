// The built-in signatures as their files have them: with the samples, which are not compiled into the program.
#pragma once

#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <vector>

namespace gpulaunch::testing {

// Read once. Throws std::runtime_error that names the file and what is wrong with it.
[[nodiscard]] const std::vector<Signature>& known_signatures();

}  // namespace gpulaunch::testing
