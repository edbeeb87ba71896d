#include "gpulaunch/run/families.hpp"

#include "gpulaunch/process/cgroup.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/leftovers.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <unistd.h>

#include <algorithm>

namespace gpulaunch {

std::vector<pid_t> Families::adopted_orphans() const {
  std::vector<pid_t> leaders;
  for (const auto& process : *processes_) {
    if (process.state == RankProcess::State::running || process.state == RankProcess::State::zombie) {
      leaders.push_back(process.pid);
    }
  }
  leaders.push_back(spared_);
  std::sort(leaders.begin(), leaders.end());
  auto orphans = direct_children();
  std::erase_if(orphans, [&](pid_t pid) { return std::binary_search(leaders.begin(), leaders.end(), pid); });
  return orphans;
}

std::vector<int> Families::settle() {
  auto orphans = adopted_orphans();
  std::erase_if(orphans, [](pid_t pid) {
    const bool ended = peek_exit_of(pid).has_value();
    if (ended) reap(pid);
    return ended;
  });
  // What a dead leader leaves behind is adopted by us: without orphans there is no family to look for. A rank in our
  // own session (the terminal's) has everyone there for its family.
  const auto sessions = orphans.empty() ? std::vector<pid_t>{} : living_sessions();
  const pid_t own_session = ::getsid(0);
  const auto has_family = [&](pid_t leader) {
    const bool in_ours = ::getsid(leader) == own_session;
    return std::binary_search(sessions.begin(), sessions.end(), in_ours ? own_session : leader);
  };
  std::vector<int> gone;
  for (std::size_t i = 0; i < processes_->size(); ++i) {
    auto& process = (*processes_)[i];
    if (process.state != RankProcess::State::zombie) continue;
    if (!orphans.empty() && has_family(process.pid)) continue;
    reap(process.pid);
    process.state = RankProcess::State::reaped;
    gone.push_back(static_cast<int>(i));
  }
  reap_strangers();
  return gone;
}

// Where /proc does not list our children (not mounted, or that of another pid namespace), waitid still hands us the
// orphans that ended; it shows the same zombie again until it is reaped, so a leader's ends the search.
void Families::reap_strangers() const {
  const auto is_leader = [this](pid_t pid) {
    return pid == spared_ || std::any_of(processes_->begin(), processes_->end(), [&](const RankProcess& process) {
             return process.pid == pid && process.state != RankProcess::State::reaped;
           });
  };
  for (auto next = peek_exit().exit; next && !is_leader(next->pid); next = peek_exit().exit) reap(next->pid);
}

bool Families::nobody_left() const { return peek_exit().none_left; }

bool Families::only_dead_left() const {
  const auto tree = process_tree();
  return !tree.empty() && !peek_exit().exit &&
         std::all_of(tree.begin(), tree.end(), [](const ProcessFacts& process) { return process.dead(); });
}

std::vector<std::string> Families::describe_left() const {
  std::vector<std::string> lines;
  for (const auto& leftover : leftovers()) lines.push_back("not ended by SIGKILL: " + describe(leftover));
  return lines;
}

void Families::kill_family(int rank) { (*processes_)[static_cast<std::size_t>(rank)].family_killed = true; }

void Families::begin_attempt(std::string cgroup) {
  cgroup_ = std::move(cgroup);
  killing_everything_ = false;
}

bool Families::kill_again() {
  if (killing_everything_) {
    if (!cgroup_.empty()) kill_cgroup(cgroup_.c_str());
    desk_.kill_descendants();
    return !nobody_left();
  }
  bool condemned = false;
  for (auto& process : *processes_) {
    if (!process.family_killed || process.state != RankProcess::State::zombie) continue;
    desk_.kill_session(process.pid);
    condemned = true;
  }
  return condemned;
}

}  // namespace gpulaunch
