// The texts of the built-in signatures as they were compiled in: one for each file of signatures/. The function's body
// is written by scripts/cmake/EmbedText.cmake; built_in_signatures() alone calls it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct EmbeddedText {
  std::string_view name;                 // "cuda.toml"
  std::vector<std::string_view> pieces;  // in order; together they are the file
};

[[nodiscard]] std::vector<EmbeddedText> signature_texts();

}  // namespace gpulaunch
