#include "gpulaunch/report/hang_text.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

constexpr std::size_t hang_finding_lines = 12;
constexpr std::size_t dump_finding_lines = 40;
constexpr std::size_t most_silences = 5;
constexpr auto no_limit = std::string::npos;

// As precise as anybody wants to know, so that ranks that fell silent together are said together.
std::string age_text(Nanos age) {
  const Nanos unit = age < 10s ? Nanos(100ms) : Nanos(1s);
  return format_duration(age / unit * unit) + " ago";
}

// One age where output is all the progress that there is.
std::string silence_text(const RankSilence& silence) {
  const auto age = [](const std::optional<Nanos>& of) { return of ? age_text(*of) : ""; };
  const auto output = silence.output ? "last output " + age(silence.output) : "no output";
  if (age(silence.progress) == age(silence.output)) return output;
  return (silence.progress ? "last progress " + age(silence.progress) : "no progress") + ", " + output;
}

struct SilenceGroup {
  Nanos age{};
  std::vector<int> ranks;
};

// Those that have been silent for longest come first; whoever was never heard of, before them.
void add_silences(Lines& lines, const JobRecord& record, const std::vector<RankSilence>& silences,
                  const std::vector<int>& ranks, std::size_t most = most_silences) {
  std::map<std::string, SilenceGroup> groups;
  for (const int rank : ranks) {
    if (static_cast<std::size_t>(rank) >= silences.size()) return;
    const auto& silence = silences[static_cast<std::size_t>(rank)];
    auto& group = groups[silence_text(silence)];
    group.age = std::max(group.age, silence.progress.value_or(Nanos::max()));
    group.ranks.push_back(rank);
  }
  std::vector<std::pair<std::string, SilenceGroup>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.age > b.second.age; });
  std::vector<int> rest;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [text, group] = sorted[i];
    if (i < most) lines.push_back(rank_names(record, group.ranks) + ": " + text);
    if (i >= most) rest.insert(rest.end(), group.ranks.begin(), group.ranks.end());
  }
  if (!rest.empty()) lines.push_back(fmt::format("{} more ranks: later", rest.size()));
}

// Who is waited for, or that nobody is.
void add_view(Lines& lines, const Findings& findings, std::size_t columns = shown_columns) {
  if (!findings.laggard_reason.empty()) lines.push_back(printable_line(findings.laggard_reason, columns));
  if (!findings.all_wait_in.empty())
    lines.push_back(printable_line("all ranks wait for each other in " + findings.all_wait_in, columns));
}

void add_findings(Lines& lines, const Findings& findings, std::size_t most) {
  add_view(lines, findings);
  for (const auto& line : findings_text(findings, most)) lines.push_back(printable_line(line, shown_columns));
}

std::vector<int> running_now(const JobRecord& record) {
  std::vector<int> ranks;
  for (int rank = 0; rank < record.rank_count(); ++rank)
    if (record.rank(rank).started && !record.rank(rank).end) ranks.push_back(rank);
  return ranks;
}

}  // namespace

std::string hang_headline(const JobRecord& record) {
  const auto& hang = record.hang();
  return fmt::format("no progress for {} (--hang-timeout)", format_duration(hang ? hang->limit : Nanos{}));
}

std::vector<std::string> hang_lines(const JobRecord& record) {
  Lines lines;
  if (record.inspected()) add_findings(lines, record.inspected()->findings, hang_finding_lines);
  if (record.hang()) add_silences(lines, record, record.hang()->silences, running_at_teardown(record));
  return lines;
}

std::vector<std::string> full_hang_lines(const JobRecord& record, const job_event::RanksInspected& inspected) {
  Lines lines;
  add_view(lines, inspected.findings, no_limit);
  for (const auto& line : full_findings_text(inspected.findings)) lines.push_back(printable_line(line, no_limit));
  add_silences(lines, record, inspected.silences, running_now(record), no_limit);
  return lines;
}

std::vector<std::string> dump_lines(const JobRecord& record, const job_event::RanksInspected& inspected) {
  Lines lines{fmt::format("{}: what the ranks are doing (--dump-on)", signal_name(*inspected.asked_by))};
  add_findings(lines, inspected.findings, dump_finding_lines);
  add_silences(lines, record, inspected.silences, running_now(record));
  return lines;
}

}  // namespace gpulaunch
