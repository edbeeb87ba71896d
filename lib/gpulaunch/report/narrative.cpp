#include "gpulaunch/report/narrative.hpp"

#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/storm_text.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gpulaunch {
namespace {

std::vector<int> world_ranks(const JobRecord& record, std::span<const int> ranks) {
  std::vector<int> numbers;
  for (const int rank : ranks) numbers.push_back(record.planned(rank).rank.value());
  return numbers;
}

std::string failed_headline(const JobRecord& record) {
  const auto outcome = record.culprit_outcome();
  if (!record.all_failed_alike()) return fmt::format("{} {}", rank_name(record, *record.culprit()), outcome.describe());
  const bool many_nodes = record.plan().world_size > record.rank_count();
  return fmt::format("all {} ranks{} {}", record.rank_count(), many_nodes ? " on " + record.plan().host : "",
                     outcome.describe_several());
}

std::string start_headline(const JobRecord& record) {
  const auto& failure = *record.start_failure();
  if (failure.error.message.starts_with("cannot start")) return failure.error.message;
  return fmt::format("cannot start {}: {}", rank_name(record, failure.rank), failure.error.message);
}

std::string timeout_headline(const JobRecord& record, std::optional<Nanos> timeout) {
  const auto running = running_at_teardown(record);
  const auto said = fmt::format("timed out after {}", format_duration(timeout.value_or(record.duration())));
  if (record.plan().guard) return said;
  return running.empty() ? said
                         : fmt::format("{}; ranks still running: {}", said, list_ranks(world_ranks(record, running)));
}

std::string stop_headline(const JobRecord& record) {
  const auto signo = record.stop_signal();
  return fmt::format("told to stop by {}", signo ? signal_name(*signo) : "a signal");
}

bool is_blank(const std::string& line) { return line.find_first_not_of(" \t\r\n") == std::string::npos; }

}  // namespace

// A rank that had ended by then cannot be what the job was waiting for.
std::vector<int> running_at_teardown(const JobRecord& record) {
  std::vector<int> ranks;
  for (int rank = 0; rank < record.rank_count(); ++rank)
    if (record.rank(rank).ran_at_teardown) ranks.push_back(rank);
  return ranks;
}

std::string rank_names(const JobRecord& record, std::span<const int> ranks) {
  if (record.plan().guard) return "the command";
  return name_ranks(world_ranks(record, ranks));
}

std::string rank_name(const JobRecord& record, int rank) { return rank_names(record, std::span(&rank, 1)); }

std::string signals_text(const RankRecord& rank) {
  std::vector<std::string> names;
  names.reserve(rank.signals.size());
  for (const int signo : rank.signals) names.push_back(signal_name(signo));
  return names.empty() ? "" : fmt::format(" ({})", fmt::join(names, ", "));
}

std::string attempt_headline(const JobRecord& record) {
  if (record.start_failure()) return start_headline(record);
  if (record.teardown() && record.teardown()->reason == TeardownReason::hung) return hang_headline(record);
  return record.culprit() ? failed_headline(record) : "the attempt failed";
}

std::string headline(const JobRecord& record, std::optional<Nanos> timeout) {
  switch (record.ending()) {
    case Ending::success: return fmt::format("finished in {}", format_duration(record.duration()));
    case Ending::rank_failed: return failed_headline(record);
    case Ending::start_failed: return start_headline(record);
    case Ending::timed_out: return timeout_headline(record, timeout);
    case Ending::told_to_stop: return stop_headline(record);
    case Ending::storm: return storm_headline(record);
    case Ending::hung: return hang_headline(record);
    case Ending::launcher_failed: break;
  }
  return record.verdict().code == exit_status::do_not_requeue ? "restarted without progress" : "the launcher failed";
}

std::optional<int> quoted_rank(const JobRecord& record) {
  if (record.ending() == Ending::rank_failed) return record.culprit();
  const auto running = running_at_teardown(record);
  return record.ending() == Ending::timed_out && !running.empty() ? std::optional(running.front()) : std::nullopt;
}

LastWords read_last_words(const JobRecord& record, int rank, std::size_t lines) {
  LastWords testimony{read_error_file(record.planned(rank).error_file), "stderr", {}};
  const auto& end = record.rank(rank).end;
  if (!end) return testimony;
  testimony.lines = last_lines(end->stderr_tail, lines);
  if (!testimony.lines.empty()) return testimony;
  // Programs that print their errors to standard output, and pseudo-terminals, which have but one stream.
  testimony.stream = "stdout";
  testimony.lines = last_lines(end->stdout_tail, lines);
  return testimony;
}

std::vector<std::string> last_lines(const std::vector<std::string>& lines, std::size_t count) {
  const auto end = std::find_if_not(lines.rbegin(), lines.rend(), is_blank).base();
  auto begin = end - std::min(end - lines.begin(), static_cast<std::ptrdiff_t>(count));
  begin = std::find_if_not(begin, end, is_blank);
  std::vector<std::string> shown;
  for (auto line = begin; line != end; ++line) shown.push_back(printable_line(*line, shown_columns));
  return shown;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace gpulaunch
