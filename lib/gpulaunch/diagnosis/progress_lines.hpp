// Lines in which a program counts what it has done ("step 3 | loss 2.1", "step 4 | loss 2.0"): after them, whatever
// went wrong before them has been overcome. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace gpulaunch {

// The last of at least three lines that differ in their numbers alone, of which the first rises. Lines with words of
// errors do not count.
[[nodiscard]] std::optional<std::size_t> last_progress(std::span<const std::string_view> lines);

}  // namespace gpulaunch
