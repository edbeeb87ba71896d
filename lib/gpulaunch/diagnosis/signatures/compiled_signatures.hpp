// What compile_signatures wrote of the TOML files: packed signatures, one after the other, in texts that are short
// enough for every compiler. built_in_signatures() alone reads them.
#pragma once

#include <span>
#include <string_view>

namespace gpulaunch {

[[nodiscard]] std::span<const std::string_view> compiled_signatures();

}  // namespace gpulaunch
