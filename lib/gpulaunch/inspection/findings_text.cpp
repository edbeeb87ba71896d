#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/inspection/inspection.hpp"
#include "gpulaunch/inspection/rank_place.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using Lines = std::vector<std::string>;

constexpr double too_little = 0.05;  // of a core, to be worth a word
constexpr std::size_t frames_shown = 8;

std::string_view state_words(char state) {
  switch (state) {
    case 'R': return "running";
    case 'S':
    case 'I': return "asleep";
    case 'D': return "stuck in the kernel";
    case 'T': return "stopped by a signal";
    case 't': return "stopped by a debugger";
    case 'Z':
    case 'X': return "its main thread has ended";
    default: return "gone";
  }
}

// What is the same for ranks that are said together.
struct Doing {
  std::string state;
  bool busy = false;
  std::string place;
  friend bool operator==(const Doing&, const Doing&) = default;
};

Doing doing_of(const RankFindings& rank) {
  Doing doing{std::string(state_words(rank.state)), rank.busy >= too_little, {}};
  if (!rank.waits_in.empty() && rank.state != 'T') doing.state += " in " + rank.waits_in;
  if (const auto place = place_of(rank)) doing.place = ", in " + place->text();
  return doing;
}

struct Group {
  Doing doing;
  std::vector<int> ranks{};
  double busy = 0.0;
  Nanos least_time = Nanos::max();  // processor time until now
  Nanos most_time{};
};

std::vector<Group> groups_of(const Findings& findings) {
  std::vector<Group> groups;
  for (const auto& rank : findings.ranks) {
    auto doing = doing_of(rank);
    auto group = std::ranges::find(groups, doing, &Group::doing);
    if (group == groups.end()) group = groups.insert(groups.end(), Group{std::move(doing)});
    group->ranks.push_back(rank.rank);
    group->busy += rank.busy;
    group->least_time = std::min(group->least_time, rank.processor_time);
    group->most_time = std::max(group->most_time, rank.processor_time);
  }
  return groups;
}

// "12 s", "0.4 s", of several ranks that differ "9-12 s"; empty where there is next to none.
std::string time_text(const Group& group) {
  const auto number = [](Nanos time) {
    const double seconds = std::chrono::duration<double>(time).count();
    return seconds < 10 ? fmt::format("{:.1f}", seconds) : fmt::format("{:.0f}", seconds);
  };
  const auto least = number(group.least_time);
  const auto most = number(group.most_time);
  if (most == "0.0") return "";
  return fmt::format(", CPU time {}{} s", least == most ? "" : least + "-", most);
}

std::string group_line(const Group& group) {
  const auto mean = group.busy / static_cast<double>(group.ranks.size());
  return fmt::format("{}: {}{}{}{}", name_ranks(group.ranks), group.doing.state,
                     group.doing.busy ? fmt::format(", {:.1f} cores busy", mean) : "", time_text(group),
                     group.doing.place);
}

void add_stack(Lines& lines, const RankFindings& rank) {
  const auto& stack = rank.python_stack.empty() ? rank.native_stack : rank.python_stack;
  for (std::size_t depth = 0; depth < std::min(stack.size(), frames_shown); ++depth)
    lines.push_back(fmt::format("  rank {}: {}", rank.rank, stack[depth]));
}

void add_laggard_stack(Lines& lines, const Findings& findings) {
  if (findings.laggards.empty()) return;
  const auto first = std::ranges::find(findings.ranks, findings.laggards.front(), &RankFindings::rank);
  if (first != findings.ranks.end()) add_stack(lines, *first);
}

Lines shortened(Lines lines, std::size_t most) {
  if (lines.size() <= most || most == 0) {
    lines.resize(std::min(lines.size(), most));
    return lines;
  }
  const auto left_out = lines.size() - most + 1;
  lines.resize(most - 1);
  lines.push_back(fmt::format("… {} more lines", left_out));
  return lines;
}

}  // namespace

std::vector<std::string> full_findings_text(const Findings& findings) {
  Lines lines;
  for (const auto& rank : findings.ranks) {
    const Group alone{doing_of(rank), {rank.rank}, rank.busy, rank.processor_time, rank.processor_time};
    lines.push_back(fmt::format("{} (pid {}; processes: {}, threads: {})", group_line(alone), rank.pid, rank.processes,
                                rank.threads));
    for (const auto& frame : rank.python_stack) lines.push_back("  Python: " + frame);
    for (const auto& frame : rank.native_stack) lines.push_back("  native: " + frame);
  }
  for (const auto& line : findings.nccl) lines.push_back("NCCL: " + line);
  lines.insert(lines.end(), findings.notes.begin(), findings.notes.end());
  return lines;
}

std::vector<std::string> findings_text(const Findings& findings, std::size_t most) {
  Lines lines;
  for (const auto& group : groups_of(findings)) lines.push_back(group_line(group));
  add_laggard_stack(lines, findings);
  for (const auto& line : findings.nccl) lines.push_back("NCCL: " + line);
  lines.insert(lines.end(), findings.notes.begin(), findings.notes.end());
  return shortened(std::move(lines), most);
}

}  // namespace gpulaunch
