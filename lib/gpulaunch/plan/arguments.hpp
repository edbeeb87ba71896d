// A rank's argv: --wrap's words, the program with its interpreter, its arguments byte for byte (unless --expand asks
// otherwise), and --local-rank=N where old scripts want it.
#pragma once

#include "gpulaunch/base/ids.hpp"
#include "gpulaunch/plan/job.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

[[nodiscard]] std::vector<std::string> rank_arguments(const Job& job, LocalRank rank, const std::string& host);

}  // namespace gpulaunch
