// How many ranks the job has on this machine, and whether that many may be: --nproc resolved against the visible GPUs
// and CPUs, and every option that names a rank checked against the result.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/plan/devices.hpp"
#include "gpulaunch/plan/job.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

struct RankCount {
  int ranks = 1;
  std::vector<std::string> notices;
};

// Errors: usage (no GPU with --nproc gpu or --devices isolate, more ranks than GPUs, too many ranks).
[[nodiscard]] Result<RankCount> resolve_rank_count(const Job& job, const Topology& topology, const DevicePool& pool);

// Errors: usage; --stdin, --local-ranks-filter, --wrap-ranks, --redirects and --tee name ranks that are not there.
[[nodiscard]] Result<void> check_named_ranks(const Options& options, int ranks);

}  // namespace gpulaunch
