// Reaping and killing for the supervisor: who of the ranks' families is still there, when a dead leader may be reaped,
// and SIGKILL until nobody is left. The order is always: see the exit, keep the zombie, deal with its session, reap.
#pragma once

#include "gpulaunch/process/kill_desk.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace gpulaunch {

class Families {
 public:
  explicit Families(std::vector<RankProcess>& processes) : processes_(&processes) {}

  // Reaps orphans that were given to us and ended, and dead leaders whose session is empty; returns those ranks.
  [[nodiscard]] std::vector<int> settle();
  // No descendant of ours is left, dead or alive (waitid said ECHILD).
  [[nodiscard]] bool nobody_left() const;
  // Somebody is left, but only zombies that a tracer of somebody else's holds.
  [[nodiscard]] bool only_dead_left() const;
  // One line for each that is left.
  [[nodiscard]] std::vector<std::string> describe_left() const;

  // A helper of ours that is no orphan: nobody but its owner reaps it. -1: there is none.
  void spare(pid_t helper) { spared_ = helper; }

  void kill_family(int rank);
  void kill_everything() { killing_everything_ = true; }
  // For the next attempt, when nobody of this one is left. `cgroup`: where all of it will live; empty: none of its own.
  void begin_attempt(std::string cgroup);
  // One more pass of SIGKILL over whatever was condemned; false when nothing is (or nobody is left).
  bool kill_again();

 private:
  [[nodiscard]] std::vector<pid_t> adopted_orphans() const;
  void reap_strangers() const;

  std::vector<RankProcess>* processes_;
  KillDesk desk_;
  std::string cgroup_;
  pid_t spared_ = -1;
  bool killing_everything_ = false;
};

}  // namespace gpulaunch
