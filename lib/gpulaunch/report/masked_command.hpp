// A command as it may be shown: the values of NAME=value words whose names say that they are secrets are masked.
// Lines that ranks printed are theirs and stay as they are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// "HF_TOKEN=hf_abc" becomes "HF_TOKEN=***", "--api-key=abc" becomes "--api-key=***"; other words stay.
[[nodiscard]] std::string masked_word(std::string_view word);
// The same for words with blanks between them.
[[nodiscard]] std::string masked_line(std::string_view words);
[[nodiscard]] std::vector<std::string> masked_command(const std::vector<std::string>& words);

}  // namespace gpulaunch
