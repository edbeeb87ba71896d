// --compat: the names under which other frameworks look for their rank. Opt-in, because some of them change what a
// program does: a worker linked with Open MPI may try to reach the launcher that the JAX family's names pretend.
#pragma once

#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/overlay.hpp"

namespace gpulaunch {

// For one rank, every family asked for except slurm (scrub.hpp writes that one).
void write_compat(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank,
                  const DeviceShare& devices);

}  // namespace gpulaunch
