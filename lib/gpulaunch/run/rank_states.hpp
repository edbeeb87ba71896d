// What Ctrl-C shows: how each rank is doing, so that a person sees at once which one the others wait for.
//   rank 0: running, last output 41s ago
//   rank 1: exited with code 0 2m ago
// One line for each rank where the screen has room for them, else one for each kind of state:
//   ranks 0-30, 32-63: running, last output 0s to 3s ago
//   rank 31: running, last output 10m ago
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/outcome.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct RankView {
  int rank = 0;                      // in the world
  std::optional<Outcome> outcome;    // none: it runs
  std::optional<Nanos> ended;        // how long ago
  std::optional<Nanos> last_output;  // how long ago; none: never
};

// At most `rows` lines, and never more than the kinds of states there are where that is less.
[[nodiscard]] std::vector<std::string> rank_state_lines(const std::vector<RankView>& ranks, std::size_t rows);

}  // namespace gpulaunch
