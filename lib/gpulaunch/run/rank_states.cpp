#include "gpulaunch/run/rank_states.hpp"

#include "gpulaunch/base/rank_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gpulaunch {
namespace {

// Tenths of a second for what has just happened, whole seconds for the rest: more says nothing to a person.
std::string age_text(Nanos age) {
  using std::chrono::milliseconds, std::chrono::seconds;
  if (age < seconds(10)) return fmt::format("{:.1f}s", std::chrono::duration<double>(age).count());
  return format_duration(std::chrono::round<seconds>(age));
}

std::string state_text(const RankView& rank) {
  if (rank.outcome) {
    const auto ago = rank.ended ? fmt::format(", {} ago", age_text(*rank.ended)) : "";
    return rank.outcome->describe() + ago;
  }
  if (!rank.last_output) return "running, no output yet";
  return fmt::format("running, last output {} ago", age_text(*rank.last_output));
}

// Silence is worth a group of its own from ten seconds on, and again for each power of ten.
int kind_of_silence(const RankView& rank) {
  if (!rank.last_output) return -1;
  int kind = 0;
  for (auto limit = std::chrono::seconds(10); *rank.last_output >= limit; limit *= 10) ++kind;
  return kind;
}

struct Group {
  std::vector<int> ranks;
  const RankView* freshest = nullptr;
  const RankView* stalest = nullptr;

  void add(const RankView& rank) {
    ranks.push_back(rank.rank);
    if (freshest == nullptr || rank.last_output < freshest->last_output) freshest = &rank;
    if (stalest == nullptr || rank.last_output > stalest->last_output) stalest = &rank;
  }

  [[nodiscard]] std::string text() const {
    const auto who = name_ranks(ranks);
    if (ranks.size() == 1 || freshest->outcome || !freshest->last_output)
      return fmt::format("{}: {}", who, ranks.size() == 1 ? state_text(*freshest) : plural_state());
    return fmt::format("{}: running, last output {} to {} ago", who, age_text(*freshest->last_output),
                       age_text(*stalest->last_output));
  }

  [[nodiscard]] std::string plural_state() const {
    if (!freshest->outcome) return "running, no output yet";
    return freshest->outcome->describe_several();
  }
};

std::vector<std::string> grouped(const std::vector<RankView>& ranks) {
  std::map<std::string, Group> groups;
  for (const auto& rank : ranks)
    groups[rank.outcome ? rank.outcome->describe() : fmt::format(" {}", kind_of_silence(rank))].add(rank);
  std::vector<std::string> lines;
  for (const auto& [kind, group] : groups) lines.push_back(group.text());
  return lines;
}

}  // namespace

std::vector<std::string> rank_state_lines(const std::vector<RankView>& ranks, std::size_t rows) {
  std::vector<std::string> lines;
  if (ranks.size() <= rows) {
    for (const auto& rank : ranks) lines.push_back(fmt::format("rank {}: {}", rank.rank, state_text(rank)));
  } else {
    lines = grouped(ranks);
  }
  if (lines.size() > rows) lines.resize(rows);
  return lines;
}

}  // namespace gpulaunch
