// Signatures from TOML text, strictly: parse_signatures() for what users give, and the same without compiling each
// pattern for what is built in, which the unit tests have compiled before.
#pragma once

#include "gpulaunch/diagnosis/signature.hpp"

namespace gpulaunch {

enum class PatternCheck { compiled, skipped };

[[nodiscard]] Result<std::vector<Signature>> read_signatures(std::string_view toml, std::string_view origin,
                                                             PatternCheck check);

}  // namespace gpulaunch
