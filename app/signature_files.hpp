// The files that --signatures names. Errors: usage, naming the flag, the file and the line.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

[[nodiscard]] Result<std::vector<Signature>> read_signature_files(const std::vector<std::string>& paths);

}  // namespace gpulaunch
