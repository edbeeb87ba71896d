// Help, version, man page and completions go to standard output as they are.
#pragma once

#include <string_view>

namespace gpulaunch {

// The exit status: 0, or 125 when the text could not be written.
[[nodiscard]] int print_document(std::string_view text);

}  // namespace gpulaunch
