// A signature as a short text that is read back without any parsing to speak of: how the built-in ones lie in the
// program. Samples are not among it.
#pragma once

#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <string>
#include <string_view>

namespace gpulaunch {

[[nodiscard]] std::string pack_signature(const Signature& signature);

// Reads the signature that `text` begins with and removes it from there. `text` is pack_signature()'s.
[[nodiscard]] Signature unpack_signature(std::string_view& text);

}  // namespace gpulaunch
