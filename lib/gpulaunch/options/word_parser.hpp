// The only place that includes CLI11. It gets normalised words, so that all it has to know are the options that occur:
// building its objects for all of them would cost 0.7 ms of every start.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/normalise.hpp"

#include <vector>

namespace gpulaunch {

// The occurrences as CLI11 reads them, in the order typed. Errors: usage, with CLI11's own text.
[[nodiscard]] Result<std::vector<Occurrence>> parse_words(const NormalisedLine& line);

}  // namespace gpulaunch
