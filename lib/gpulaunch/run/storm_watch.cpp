#include "gpulaunch/run/storm_watch.hpp"

#include "gpulaunch/diagnosis/repeated_error.hpp"
#include "gpulaunch/output/tail_buffer.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <sys/wait.h>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

constexpr int repetitions = 3;

}  // namespace

StormWatch::StormWatch(int max_processes, const OutputRouter& router)
    : router_(&router), pace_(count()), judge_({.processes = max_processes}) {}

std::optional<Storm> StormWatch::look(Mono now, const std::vector<RankProcess>& ranks) {
  const auto before = count();
  stirring_ = !before || !last_count_ || before->last_pid != last_count_->last_pid;
  last_count_ = before;
  if (!pace_.is_due(before, now)) return std::nullopt;
  const auto begun = processor_time();
  auto storm = judge_.judge(sample(ranks), *this, now);
  pace_.looked(before, now, processor_time() - begun);
  return storm;
}

// Waking up costs more than the read does.
Nanos StormWatch::rest() const { return stirring_ ? 100ms : 250ms; }

std::vector<StormProcess> StormWatch::sample(const std::vector<RankProcess>& ranks) {
  std::vector<int> leaders;
  leaders.reserve(ranks.size());
  for (const auto& rank : ranks) leaders.push_back(rank.pid);
  const auto tree = process_tree();
  std::vector<StormOwners::Process> processes;
  processes.reserve(tree.size());
  for (const auto& facts : tree) processes.push_back({facts.pid, facts.parent, facts.session, facts.start_time});
  const auto owners = owners_.ranks_of(processes, leaders);
  std::vector<StormProcess> sample;
  sample.reserve(tree.size());
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto& facts = tree[i];
    sample.push_back({.pid = facts.pid,
                      .parent = facts.parent,
                      .start_time = facts.start_time,
                      .dead = facts.dead(),
                      .rank = owners[i]});
  }
  return sample;
}

std::optional<StormPace::Count> StormWatch::count() const {
  const auto count = counter_.read();
  return count ? std::optional(StormPace::Count{count->tasks, count->last_pid}) : std::nullopt;
}

std::string StormWatch::command_of(int pid) { return command_line(pid); }

std::uint64_t StormWatch::stack_of(int pid) { return read_past(pid).stack; }

// A worker that its pool terminates dies of a signal.
bool StormWatch::has_failed(int pid) {
  const int status = read_past(pid).exit_status;
  return WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

// A pseudo-terminal has but one stream. A traceback of multiprocessing has 60 lines, and those of several processes are
// mixed: it takes hundreds to have some of them whole.
std::optional<std::string> StormWatch::repeated_error(int rank) {
  if (rank < 0) return std::nullopt;
  for (const auto stream : {Stream::err, Stream::out}) {
    if (auto error = gpulaunch::repeated_error(router_->tail({rank, stream}, TailBuffer::max_lines), repetitions))
      return error;
  }
  return std::nullopt;
}

}  // namespace gpulaunch
