// The words that errors are told with: which lines are worth keeping for the diagnosis when not all can be kept.
#pragma once

#include <string_view>

namespace gpulaunch {

// Whether the text has such a word ("error", "traceback", "killed", "timed out" …), in any case. One pass; rather too
// often true than too seldom.
[[nodiscard]] bool has_error_word(std::string_view text);

}  // namespace gpulaunch
