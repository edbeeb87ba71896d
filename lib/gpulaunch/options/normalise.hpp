// The words of the command line brought into one form, before CLI11 sees them. CLI11 2.1 takes a misspelt flag for the
// program, knows neither prefixes nor dash/underscore twins, and refuses repeats; all of that is settled here. Options
// stop at the first word that is none (or after "--"), and the words from there on are kept byte for byte.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/catalog.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

struct NormalisedLine {
  std::vector<Occurrence> occurrences;  // in the order typed
  std::vector<std::string> command;     // PROGRAM and its arguments
  Verb verb = Verb::run;                // anything else: the last occurrence asks for it, and the rest was not read
};

// Errors: usage (unknown or ambiguous option, missing or unwanted value).
[[nodiscard]] Result<NormalisedLine> normalise(const std::vector<std::string>& words, Mode mode,
                                               const Catalog& catalog);

}  // namespace gpulaunch
