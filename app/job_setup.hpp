// What stands between a Job and its Plan: the machine is looked at, the port reserved, folders made, limits raised. A
// dry run looks at the machine too and makes nothing.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/host/port.hpp"
#include "gpulaunch/host/run_folder.hpp"
#include "gpulaunch/plan/plan.hpp"

#include <sys/resource.h>

#include <optional>
#include <vector>

namespace gpulaunch {

// Held for the whole life of the job: the ports stay reserved, the run's folder is removed at the end.
struct JobSetup {
  Topology topology;
  RunFacts facts;
  Plan plan;
  std::vector<ReservedPort> ports;
  std::optional<RunFolder> folder;
  std::optional<rlimit> open_files;  // as it was, where our own was raised
};

// `announce` is told which folder must not outlive the job, before it is made.
[[nodiscard]] Result<JobSetup> set_up_job(const Job& job, const Environment& environment,
                                          const RunFolder::Announce& announce);
// The plan as a dry run shows it: nothing is reserved or made.
[[nodiscard]] Result<JobSetup> set_up_dry_run(const Job& job, const Environment& environment);

}  // namespace gpulaunch
