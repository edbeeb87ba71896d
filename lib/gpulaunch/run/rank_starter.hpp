// Turns a RankPlan into a running process: looks its program up, makes its pipes or its pseudo-terminal, builds argv
// and environment, and spawns. Everything that can be found out without starting anything is found out in prepare().
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/process/spawn.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <sys/resource.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct StarterSpec {
  InheritedSignals inherited;
  std::optional<rlimit> open_files;  // what ranks get, where our own limit was raised
  std::optional<int> foreground_of;  // the terminal that is lent to the only rank
  bool inspectable = false;          // tools that we start may look into the ranks
};

class RankStarter {
 public:
  RankStarter(const Environment& environment, StarterSpec spec);

  // Errors: not_found and not_executable, naming the program and where it was looked for.
  [[nodiscard]] Result<void> prepare(const Plan& plan);
  // Errors: what could not be made or done, with the stage; the kinds decide between 125, 126 and 127.
  // `cgroup`: a folder in which it lives from the start; -1: ours.
  [[nodiscard]] Result<RankProcess> start(const Plan& plan, const RankPlan& rank, int cgroup = -1);

 private:
  [[nodiscard]] Result<std::string> find(const Plan& plan, const RankPlan& rank) const;
  [[nodiscard]] std::vector<std::string> environment_of(const RankPlan& rank) const;

  std::vector<std::string> base_entries_;  // "NAME=value", sorted by name
  std::string base_path_;
  StarterSpec spec_;
  Spawner spawner_;
  Fd null_input_;
  std::map<std::string, std::string> programs_;  // argv[0] to what is exec'd
};

}  // namespace gpulaunch
