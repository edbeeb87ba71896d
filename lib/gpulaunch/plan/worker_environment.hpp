// The environment of a worker: torchrun's variables and the names that other frameworks share with them, sane defaults
// where the user set nothing, our own GPULAUNCH_*, and last of all what the user asked for with --env, which wins over
// everything. Every rank's environment is the common part completed with what is its own.
#pragma once

#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/overlay.hpp"

#include <vector>

namespace gpulaunch {

// The part that is the same for all ranks; without --env.
[[nodiscard]] EnvironmentOverlay common_environment(const JobContext& context);

// The whole difference between the launcher's environment and this rank's, sorted by name.
[[nodiscard]] std::vector<EnvChange> rank_environment(EnvironmentOverlay common, const JobContext& context,
                                                      LocalRank rank, const DeviceShare& devices);

}  // namespace gpulaunch
