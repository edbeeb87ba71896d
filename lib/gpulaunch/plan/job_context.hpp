// What is settled before the first rank is planned and is the same for all of them: the parts of make_plan() read it.
// It borrows everything; it lives no longer than one call of make_plan().
#pragma once

#include "gpulaunch/base/ids.hpp"
#include "gpulaunch/plan/devices.hpp"
#include "gpulaunch/plan/environment.hpp"
#include "gpulaunch/plan/job.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <string>

namespace gpulaunch {

struct JobContext {
  const Job& job;
  const Topology& topology;
  const Environment& environment;  // the launcher's own
  const RunFacts& facts;
  DevicePool pool = {};
  int ranks = 1;
  bool terminal = false;  // the only rank has the terminal
  std::string master_addr = {};
  std::string attempt_dir = {};  // empty: no logs are kept

  [[nodiscard]] const Options& options() const { return job.options; }
};

// A number that only the running job knows reads so in a plan that is printed, never run.
inline constexpr const char* reserved_at_start = "<reserved at start>";
inline constexpr const char* run_folder_at_start = "<run folder>";
[[nodiscard]] std::string port_text(int port);
[[nodiscard]] std::string run_folder_of(const JobContext& context);

// Where a rank's own framework writes why it failed. Empty: nowhere.
[[nodiscard]] std::string error_file_of(const JobContext& context, LocalRank rank);

}  // namespace gpulaunch
