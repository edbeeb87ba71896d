// Which rank a process belongs to. Whoever hangs below a rank's leader is the rank's; an orphan, which was given to us,
// is known by what it was before, or by the session that it lives in. Pure.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace gpulaunch {

class StormOwners {
 public:
  struct Process {
    int pid = 0;
    int parent = 0;
    int session = 0;
    std::uint64_t start_time = 0;
  };

  // The rank of each process, -1 where nobody can say. `processes`: everyone of the job, parents before children.
  // `leaders`: the ranks' first processes by rank, -1 for one that never started. Remembers what it says.
  [[nodiscard]] std::vector<int> ranks_of(const std::vector<Process>& processes, const std::vector<int>& leaders);

 private:
  struct Known {
    std::uint64_t start_time = 0;
    int rank = -1;
  };
  [[nodiscard]] int rank_of_orphan(const Process& process) const;

  std::unordered_map<int, Known> known_;
  std::unordered_map<int, int> sessions_;  // session -> rank
};

}  // namespace gpulaunch
