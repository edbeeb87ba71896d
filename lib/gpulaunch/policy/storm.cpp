#include "gpulaunch/policy/storm.hpp"

#include <algorithm>
#include <unordered_set>

namespace gpulaunch {
namespace {

std::optional<int> rank_of(int rank) { return rank < 0 ? std::nullopt : std::optional(rank); }

// What multiprocessing's start method spawn runs in each child: python -c "from multiprocessing.spawn import …".
bool is_spawned_worker(std::string_view shape) {
  return shape.find("multiprocessing.spawn import spawn_main") != std::string_view::npos;
}

// From the deepest process up to the rank's leader, or up to an orphan.
std::vector<const StormProcess*> deepest_chain(const std::vector<StormProcess>& processes) {
  struct Place {
    const StormProcess* process;
    int depth;
  };
  std::unordered_map<int, Place> places;
  const StormProcess* deepest = nullptr;
  int depth = 0;
  for (const auto& process : processes) {
    const auto parent = places.find(process.parent);
    const Place place{&process, parent == places.end() ? 1 : parent->second.depth + 1};
    places.insert_or_assign(process.pid, place);
    if (place.depth <= depth || process.dead) continue;
    deepest = &process;
    depth = place.depth;
  }
  std::vector<const StormProcess*> chain;
  for (const auto* process = deepest; process != nullptr && chain.size() < processes.size();) {
    chain.push_back(process);
    const auto parent = places.find(process->parent);
    process = parent == places.end() ? nullptr : parent->second.process;
  }
  return chain;
}

// A fork keeps its parent's memory, and with it the place of the stack, which the kernel chooses anew at each exec.
std::vector<int> executed_in(const std::vector<const StormProcess*>& chain, StormEvidence& evidence) {
  std::vector<int> executed;
  auto stack = evidence.stack_of(chain.front()->pid);
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const auto parents = i + 1 < chain.size() ? evidence.stack_of(chain[i + 1]->pid) : 0;
    if (stack == 0 || stack != parents) executed.push_back(chain[i]->pid);
    stack = parents;
  }
  return executed;
}

}  // namespace

std::string command_shape(std::string_view command) {
  std::string shape(command);
  std::erase_if(shape, [](char c) { return c >= '0' && c <= '9'; });
  return shape;
}

std::optional<Storm> StormJudge::judge(const Processes& processes, StormEvidence& evidence, Mono at) {
  if (auto storm = growth(processes)) return storm;
  if (auto storm = recursion(processes, evidence)) return storm;
  auto before = std::exchange(known_, {});
  for (const auto& process : processes) {
    const auto known = before.find(process.pid);
    if (known != before.end() && known->second.start_time == process.start_time) known_.insert(before.extract(known));
  }
  note_ends(before, at);
  note_newcomers(processes, evidence, at);
  forget_before(at - limits_.window);
  return respawning(evidence);
}

std::optional<Storm> StormJudge::growth(const Processes& processes) const {
  std::map<int, int> counts;
  for (const auto& process : processes) {
    if (!process.dead) ++counts[process.rank];
  }
  const auto most = std::max_element(counts.begin(), counts.end(),
                                     [](const auto& one, const auto& other) { return one.second < other.second; });
  if (most == counts.end() || most->second <= limits_.processes) return std::nullopt;
  return Storm{StormKind::growth, rank_of(most->first), most->second, {}, {}};
}

std::optional<Storm> StormJudge::recursion(const Processes& processes, StormEvidence& evidence) const {
  const auto chain = deepest_chain(processes);
  if (chain.size() < static_cast<std::size_t>(limits_.depth)) return std::nullopt;
  std::unordered_map<std::string, int> levels;
  for (const int pid : executed_in(chain, evidence)) {
    auto command = evidence.command_of(pid);
    const int depth = command.empty() ? 0 : ++levels[command_shape(command)];
    if (depth >= limits_.depth) {
      return Storm{StormKind::recursion, rank_of(chain.front()->rank), depth, std::move(command), {}};
    }
  }
  return std::nullopt;
}

// Those that are left in `before` are gone. Who lived long did some work, whatever it said at its end.
void StormJudge::note_ends(const std::unordered_map<int, Known>& before, Mono at) const {
  for (const auto& [pid, known] : before) {
    if (known.group != nullptr && at - known.first_seen <= limits_.short_life) known.group->ends.push_back(at);
  }
}

void StormJudge::note_newcomers(const Processes& processes, StormEvidence& evidence, Mono at) {
  for (const auto& process : processes) {
    const auto [entry, is_new] = known_.try_emplace(process.pid, Known{process.start_time, at, nullptr, false});
    auto& known = entry->second;
    if (is_new && !process.dead) known.group = group_of(process, evidence);
    if (!process.dead || known.group == nullptr || known.end_seen) continue;
    known.end_seen = true;
    if (evidence.has_failed(process.pid)) known.group->failures.push_back(at);
  }
}

StormJudge::Group* StormJudge::group_of(const StormProcess& process, StormEvidence& evidence) {
  auto command = evidence.command_of(process.pid);
  if (command.empty()) return nullptr;
  auto& group = groups_[{process.rank, command_shape(command)}];
  group.command = std::move(command);
  return &group;
}

void StormJudge::forget_before(Mono oldest) {
  std::unordered_set<const Group*> used;
  for (const auto& [pid, known] : known_) used.insert(known.group);
  for (auto entry = groups_.begin(); entry != groups_.end();) {
    auto& group = entry->second;
    while (!group.ends.empty() && group.ends.front() < oldest) group.ends.pop_front();
    while (!group.failures.empty() && group.failures.front() < oldest) group.failures.pop_front();
    const bool idle = group.ends.empty() && group.failures.empty() && !used.contains(&group);
    entry = idle ? groups_.erase(entry) : std::next(entry);
  }
}

// Where the output of a rank is not ours to read, multiprocessing's children are judged by how they were seen to end.
std::optional<Storm> StormJudge::respawning(StormEvidence& evidence) {
  for (const auto& [key, group] : groups_) {
    const auto& [rank, shape] = key;
    const bool workers = is_spawned_worker(shape);
    const auto ends = static_cast<int>(group.ends.size());
    if (ends < (workers ? limits_.worker_respawns : limits_.respawns)) continue;
    auto error = evidence.repeated_error(rank);
    const bool seen_to_fail = workers && static_cast<int>(group.failures.size()) >= limits_.worker_failures;
    if (!error && !seen_to_fail) continue;
    return Storm{StormKind::respawning, rank_of(rank), ends, group.command, std::move(error).value_or("")};
  }
  return std::nullopt;
}

}  // namespace gpulaunch
