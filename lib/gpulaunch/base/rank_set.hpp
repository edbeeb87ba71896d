// Sets of ranks in few characters, for everything that people read: "0-2,5". The command line reads the same form back.
#pragma once

#include <span>
#include <string>

namespace gpulaunch {

// In any order and with repeats; runs of two and more become "first-last". Empty: "".
[[nodiscard]] std::string format_rank_set(std::span<const int> ranks);
// "0-2, 5": with blanks, which prose wants and the command line does not.
[[nodiscard]] std::string list_ranks(std::span<const int> ranks);
// "rank 3", "ranks 0-2, 5"
[[nodiscard]] std::string name_ranks(std::span<const int> ranks);

}  // namespace gpulaunch
