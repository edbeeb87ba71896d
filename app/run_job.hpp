// The main verb: Options to Job, Topology, Plan, supervision and reports, and the exit status that comes of it.
#pragma once

#include "gpulaunch/options/options.hpp"
#include "gpulaunch/process/process_name.hpp"
#include "gpulaunch/process/spawn.hpp"

#include <sys/types.h>

namespace gpulaunch {

// What main() was given beside the options.
struct Surroundings {
  InheritedSignals inherited;
  const char* const* environment = nullptr;
  ArgumentArea arguments;
  pid_t parent = -1;  // who it was when the program began
};

// Dies of the signal that stopped the job, where one did.
[[nodiscard]] int run_job(const Options& options, const Surroundings& around);

}  // namespace gpulaunch
