// The rules for a job where all that failed only tell of others: it was one that did not fail, if the data shows which.
// blame.cpp calls them in its order; each names nobody where it does not apply.
#pragma once

#include "gpulaunch/diagnosis/blame.hpp"

#include <vector>

namespace gpulaunch {

// A rank that printed a cause and was slow to end, so that the others gave up before it.
[[nodiscard]] Blame spoke_before(const std::vector<Testimony>& all);
// Those that ranks which waited in vain name.
[[nodiscard]] Blame accused(const std::vector<Testimony>& all);
// Those that go on in silence where most have finished.
[[nodiscard]] Blame unfinished(const CaseFile& file, const std::vector<Testimony>& all);
// Ranks that left with 0 before the first of the others broke, or while the rest hangs.
[[nodiscard]] Blame finished_early(const CaseFile& file, const std::vector<Testimony>& all);
// Those that said nothing while others waited, or had come less far than they.
[[nodiscard]] Blame not_waiting(const CaseFile& file, const std::vector<Testimony>& all);
// Ranks whose host does not answer any more, while all that the others tell of is lost connections.
[[nodiscard]] Blame vanished(const std::vector<Testimony>& all);

}  // namespace gpulaunch
