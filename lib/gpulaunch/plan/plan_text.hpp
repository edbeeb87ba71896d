// The plan as --dry-run prints it: what holds for the whole job once at the top, then each rank. Words are quoted so
// that they can be pasted into a shell; values of secrets are masked. Ends with a newline.
#pragma once

#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <string>

namespace gpulaunch {

[[nodiscard]] std::string plan_text(const Plan& plan, const Topology& topology);

}  // namespace gpulaunch
