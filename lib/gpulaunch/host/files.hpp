// Reading the small files of /proc and /sys, and the lists of numbers that the kernel writes into them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The whole file, or a little more than `limit` of it; nothing when it cannot be read.
[[nodiscard]] std::optional<std::string> read_small_file(const std::string& path, std::size_t limit = 65'536);

// "0-3,8" → 0 1 2 3 8. What is not such a list gives what was understood up to there.
[[nodiscard]] std::vector<int> parse_cpu_list(std::string_view text);

// The next line of `rest`, taken off it; nothing at the end.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& rest);

}  // namespace gpulaunch
