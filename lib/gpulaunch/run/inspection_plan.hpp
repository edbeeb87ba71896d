// What an inspection (inspection.hpp) is told about the ranks: whom to look at and where their libraries listen, as the
// plan and the environment that the ranks were given say.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <vector>

namespace gpulaunch {

// Those of `processes` (by rank) that run.
[[nodiscard]] InspectionSpec inspection_of(const Plan& plan, const std::vector<RankProcess>& processes,
                                           const Environment& environment);

}  // namespace gpulaunch
