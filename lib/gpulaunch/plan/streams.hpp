// Where the three standard streams of each rank come from and go to: the terminal lent to an only rank, raw
// descriptors, or relayed output with torchrun's files (<log_base>/attempt_N/<local_rank>/stdout.log).
#pragma once

#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/plan.hpp"

namespace gpulaunch {

// True for an only rank on a terminal whose output nobody asked us to read.
[[nodiscard]] bool lends_terminal(const Options& options, int ranks, const RunFacts& facts);

[[nodiscard]] StdinSource plan_stdin(const Options& options, int ranks, LocalRank rank);
void plan_output(const JobContext& context, LocalRank rank, RankPlan& plan);
[[nodiscard]] bool shows_labels(const Job& job, int ranks);

}  // namespace gpulaunch
