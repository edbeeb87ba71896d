#include "gpulaunch/inspection/process_look.hpp"

#include "gpulaunch/inspection/system_calls.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/process_facts.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace gpulaunch {
namespace {

struct Living {
  ProcessFacts facts;
  std::uint64_t ticks = 0;
};
using Everyone = std::map<pid_t, Living>;

std::string_view take_field(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const auto field = rest.substr(0, rest.find(' '));
  rest.remove_prefix(field.size());
  return field;
}

std::uint64_t take_number(std::string_view& rest) {
  const auto field = take_field(rest);
  std::uint64_t number = 0;
  std::from_chars(field.data(), field.data() + field.size(), number);
  return number;
}

Everyone everyone_alive() {
  Everyone everyone;
  NumberFolder folder((ProcPath()));
  while (const auto pid = folder.next()) {
    std::array<char, 1024> buffer;
    const auto line = read_beginning(ProcPath() / *pid / "stat", buffer);
    const auto facts = line ? parse_stat(*line) : std::nullopt;
    if (facts) everyone[*pid] = {*facts, processor_ticks(*line)};
  }
  return everyone;
}

// Whose family a process belongs to: that of the rank whose session it is in, or of the nearest rank above it.
// The numbers may have changed hands while they were read, so that a circle is possible.
class FamilyFinder {
 public:
  FamilyFinder(const std::vector<InspectedRank>& ranks, const Everyone& everyone) : everyone_(&everyone) {
    for (std::size_t place = 0; place < ranks.size(); ++place) {
      for (const pid_t pid : {ranks[place].pid, ranks[place].leader})
        if (pid > 1) place_of_[pid] = place;
    }
  }

  [[nodiscard]] std::optional<std::size_t> place(const ProcessFacts& process) const {
    if (const auto found = place_of_.find(process.session); found != place_of_.end()) return found->second;
    pid_t pid = process.pid;
    for (int steps = 0; pid > 1 && steps < 256; ++steps) {
      if (const auto found = place_of_.find(pid); found != place_of_.end()) return found->second;
      const auto above = everyone_->find(pid);
      pid = above == everyone_->end() ? 0 : above->second.facts.parent;
    }
    return std::nullopt;
  }

 private:
  const Everyone* everyone_;
  std::map<pid_t, std::size_t> place_of_;
};

void count_in(ProcessLook& look, const Living& process) {
  look.ticks += process.ticks;
  if (process.facts.dead()) return;
  ++look.processes;
  look.threads += process.facts.threads;
}

std::vector<pid_t> threads_in_d(pid_t pid) {
  std::vector<pid_t> found;
  NumberFolder threads(ProcPath() / pid / "task");
  while (const auto thread = threads.next()) {
    std::array<char, 1024> buffer;
    const auto facts = parse_stat(read_beginning(ProcPath() / pid / "task" / *thread / "stat", buffer).value_or(""));
    if (facts && facts->state == 'D') found.push_back(*thread);
  }
  return found;
}

// "do_poll.constprop.0": what the compiler made of a function is not its name.
std::string wait_of(pid_t pid, pid_t thread) {
  const auto channel = read_proc(ProcPath() / pid / "task" / thread / "wchan").value_or("");
  if (!channel.empty() && channel != "0") return channel.substr(0, channel.find('.'));
  return std::string(waiting_call(read_proc(ProcPath() / pid / "task" / thread / "syscall").value_or("")));
}

bool sleeps(char state) { return state == 'S' || state == 'D' || state == 'I'; }

// A thread that was in D both times; an uninterruptible wait that passes is what every read from a disk looks like.
std::optional<pid_t> stuck_thread(const ProcessLook& before, const ProcessLook& after) {
  for (const pid_t thread : after.uninterruptible) {
    if (std::ranges::find(before.uninterruptible, thread) != before.uninterruptible.end()) return thread;
  }
  return std::nullopt;
}

void set_state(RankFindings& findings, const ProcessLook& before, const ProcessLook& after) {
  const auto stuck = stuck_thread(before, after);
  findings.state = stuck ? 'D' : after.state == 'D' ? 'S' : after.state;
  if (sleeps(findings.state)) findings.waits_in = wait_of(findings.pid, stuck.value_or(findings.pid));
}

Nanos time_of(std::uint64_t ticks) {
  static const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(static_cast<double>(ticks) / per_second));
}

// Members that ended between the looks took their time with them.
double cores_used(const ProcessLook& before, const ProcessLook& after, Nanos between) {
  if (after.ticks <= before.ticks || between <= Nanos::zero()) return 0.0;
  return std::chrono::duration<double>(time_of(after.ticks - before.ticks)) / std::chrono::duration<double>(between);
}

}  // namespace

std::uint64_t processor_ticks(std::string_view stat_line) {
  const auto name_end = stat_line.rfind(')');
  if (name_end == std::string_view::npos) return 0;
  auto rest = stat_line.substr(name_end + 1);
  for (int field = 3; field < 14; ++field) take_field(rest);
  const auto user = take_number(rest);
  return user + take_number(rest);
}

Looks look_at(const std::vector<InspectedRank>& ranks) {
  const auto everyone = everyone_alive();
  const FamilyFinder families(ranks, everyone);
  Looks looks{mono_now(), std::vector<ProcessLook>(ranks.size())};
  for (const auto& [pid, process] : everyone) {
    if (const auto place = families.place(process.facts)) count_in(looks.ranks[*place], process);
  }
  for (std::size_t place = 0; place < ranks.size(); ++place) {
    const auto leader = everyone.find(ranks[place].pid);
    if (leader == everyone.end()) continue;
    looks.ranks[place].state = leader->second.facts.state;
    looks.ranks[place].uninterruptible = threads_in_d(ranks[place].pid);
  }
  return looks;
}

RankFindings compare_looks(const InspectedRank& rank, std::size_t place, const Looks& before, const Looks& after) {
  const auto& earlier = before.ranks[place];
  const auto& later = after.ranks[place];
  RankFindings findings{.rank = rank.rank, .pid = rank.pid};
  findings.processes = later.processes;
  findings.threads = later.threads;
  findings.processor_time = time_of(later.ticks);
  findings.busy = cores_used(earlier, later, after.at - before.at);
  set_state(findings, earlier, later);
  return findings;
}

}  // namespace gpulaunch
