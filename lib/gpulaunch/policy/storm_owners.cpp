#include "gpulaunch/policy/storm_owners.hpp"

#include <utility>

namespace gpulaunch {

std::vector<int> StormOwners::ranks_of(const std::vector<Process>& processes, const std::vector<int>& leaders) {
  std::unordered_map<int, Known> now;
  std::unordered_map<int, int> sessions;
  for (std::size_t rank = 0; rank < leaders.size(); ++rank) sessions_[leaders[rank]] = static_cast<int>(rank);
  std::vector<int> ranks;
  ranks.reserve(processes.size());
  for (const auto& process : processes) {
    const auto parent = now.find(process.parent);
    int rank = parent != now.end() ? parent->second.rank : rank_of_orphan(process);
    if (leaders.size() == 1) rank = 0;
    now.insert_or_assign(process.pid, Known{process.start_time, rank});
    if (rank >= 0) sessions.emplace(process.session, rank);
    ranks.push_back(rank);
  }
  known_ = std::move(now);
  sessions_ = std::move(sessions);
  return ranks;
}

// A leader makes the session that bears its number.
int StormOwners::rank_of_orphan(const Process& process) const {
  const auto known = known_.find(process.pid);
  if (known != known_.end() && known->second.start_time == process.start_time) return known->second.rank;
  for (const int session : {process.pid, process.session}) {
    if (const auto owner = sessions_.find(session); owner != sessions_.end()) return owner->second;
  }
  return -1;
}

}  // namespace gpulaunch
