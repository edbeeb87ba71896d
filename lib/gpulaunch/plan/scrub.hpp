// The per-rank identity of an outer launcher (Slurm step, Open MPI, Hydra, Flux, torchrun, ourselves) is taken out of
// the environment: our ranks would else all believe to be the one rank that the outer launcher started. What describes
// the whole job (SLURM_JOB_ID, node lists) stays. Inside Slurm the step's variables are written anew for our ranks,
// because JAX and Lightning read them.
#pragma once

#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/overlay.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// True for a variable that says which rank of an outer launcher we are.
[[nodiscard]] bool is_outer_identity(std::string_view name);
// True where one of the --keep-env globs matches.
[[nodiscard]] bool is_kept(const std::vector<std::string>& globs, std::string_view name);

void scrub_outer_identity(EnvironmentOverlay& environment, const std::vector<std::string>& keep);

// The Slurm step as our ranks make it up: one node, this one, with our ranks as its tasks.
[[nodiscard]] bool describes_as_slurm(const JobContext& context);
void write_slurm_step(EnvironmentOverlay& environment, const JobContext& context);
void write_slurm_task(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank);

}  // namespace gpulaunch
