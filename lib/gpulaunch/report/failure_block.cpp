#include "gpulaunch/report/failure_block.hpp"

#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/report/cause_text.hpp"
#include "gpulaunch/report/diagnosis_text.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/inspection_file.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/storm_text.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace gpulaunch {
namespace {

constexpr std::size_t message_lines = 4;
constexpr std::size_t callstack_lines = 8;
constexpr std::size_t output_lines = 12;
// A line about the other ranks stays readable, but a list of 1,024 ranks may need more room than a rank's line.
constexpr std::size_t group_columns = 400;

using Lines = std::vector<std::string>;

// The bar keeps what a rank wrote apart from what we say, and from commands that a CI system looks for at line starts.
void add_quoted(Lines& block, const Lines& lines) {
  for (const auto& line : lines) block.push_back("  | " + line);
}

// The device that the rank uses by the convention of LOCAL_RANK; where that says nothing, how many it sees.
std::string device_text(const RankPlan& rank) {
  if (rank.devices.empty()) return "";
  if (rank.devices.size() == 1) return fmt::format(", device {}", rank.devices.front());
  if (rank.local_rank.index() >= rank.devices.size()) return fmt::format(", {} devices visible", rank.devices.size());
  return fmt::format(", device {} (of {} visible)", rank.devices[rank.local_rank.index()], rank.devices.size());
}

void add_where(Lines& block, const JobRecord& record, int rank) {
  const auto& planned = record.planned(rank);
  std::string line = fmt::format("  host {}", record.plan().host);
  if (planned.local_rank.value() != planned.rank.value())
    line += fmt::format(", local rank {}", planned.local_rank.value());
  if (record.rank(rank).pid > 0) line += fmt::format(", pid {}", record.rank(rank).pid);
  block.push_back(line + device_text(planned));
}

// To milliseconds: a reader compares this with the times in logs.
std::string wall_text(Wall time) {
  auto text = iso8601(time);
  return text.replace(text.size() - 4, 3, "");
}

void add_when(Lines& block, const JobRecord& record, int rank, const FailureBlockOptions& options) {
  const auto& end = record.rank(rank).end;
  if (!end) return;
  auto line = fmt::format("  at {}, after {}", wall_text(end->ended.wall),
                          format_duration(end->ended.mono - end->started.mono));
  if (options.max_restarts > 0)
    line += fmt::format(", in attempt {} of {}", record.attempt() + 1, options.max_restarts + 1);
  block.push_back(line);
}

void add_callstack(Lines& block, const ErrorRecord& error) {
  auto lines = split_lines(error.callstack);
  const auto message = split_lines(error.message);
  // A traceback ends with the message, which has been shown.
  while (!lines.empty() && std::find(message.begin(), message.end(), lines.back()) != message.end()) lines.pop_back();
  const auto shown = last_lines(lines, callstack_lines);
  if (shown.empty()) return;
  block.emplace_back(shown.size() < lines.size() ? "  end of its traceback:" : "  traceback:");
  add_quoted(block, shown);
}

void add_error(Lines& block, const ErrorRecord& error) {
  const auto lines = split_lines(error.message);
  block.push_back("  error: " + printable_line(lines.front(), shown_columns));
  const auto shown = std::min(lines.size(), message_lines);
  for (std::size_t i = 1; i < shown; ++i) block.push_back("    " + printable_line(lines[i], shown_columns));
  add_callstack(block, error);
}

// The error file goes first: stderr of a dying rank often ends in the noise of destructors and of its peers' errors.
void add_testimony(Lines& block, const JobRecord& record, int rank) {
  const auto testimony = read_last_words(record, rank, output_lines);
  if (testimony.error) add_error(block, *testimony.error);
  if (testimony.lines.empty() || (testimony.error && !testimony.error->callstack.empty())) return;
  const bool whose = record.ending() != Ending::rank_failed;
  block.push_back(fmt::format("  last lines of {}{}:", whose ? rank_name(record, rank) + "'s " : "", testimony.stream));
  add_quoted(block, testimony.lines);
}

// What convinced, unless it stands among the last words already.
void add_quote(Lines& block, const JobRecord& record, const Quote& quote) {
  const auto line = "  | " + quoted_line(quote);
  if (std::find(block.begin(), block.end(), line) != block.end()) return;
  block.push_back(fmt::format("  {} said:", rank_name(record, quote.rank)));
  block.push_back(line);
}

// Cause, evidence and fix, where they are known. Innocents are told with the other ranks.
void add_diagnosis(Lines& block, const JobRecord& record) {
  if (!record.diagnosis() || record.diagnosis()->cause.empty() || says_no_more(*record.diagnosis(), block, "  | "))
    return;
  const auto& found = *record.diagnosis();
  if (found.quote) add_quote(block, record, *found.quote);
  const auto lines = diagnosis_lines(found, {.cause_label = cause_label(record), .quote = false, .innocents = false});
  block.insert(block.end(), lines.begin(), lines.end());
}

// "ranks 0-2, 4-7 (SIGTERM), rank 3 (SIGTERM, SIGKILL)" from ranks grouped by what is said of them.
using Groups = std::map<std::string, std::vector<int>>;

void add_groups(Lines& block, const JobRecord& record, std::string_view label, const Groups& groups) {
  Lines parts;
  for (const auto& [text, ranks] : groups) parts.push_back(rank_names(record, ranks) + text);
  if (parts.empty()) return;
  block.push_back("  " + printable_line(fmt::format("{}: {}", label, fmt::join(parts, "; ")), group_columns));
}

// Only what failed on its own is called failed; ranks that we stopped are said so, whatever code they gave.
void add_others(Lines& block, const JobRecord& record) {
  const bool told = record.ending() == Ending::rank_failed;
  Groups failed;
  Groups victims;
  Groups stopped;
  Groups finished;
  Groups never_started;
  for (int i = 0; i < record.rank_count(); ++i) {
    const auto& rank = record.rank(i);
    const auto cause = rank.end ? std::optional(rank.end->cause) : std::nullopt;
    if (cause == EndCause::failed && !(told && (i == record.culprit() || record.all_failed_alike())))
      (record.is_victim(i) ? victims : failed)[" " + rank.end->outcome.describe()].push_back(i);
    if (cause == EndCause::stopped_by_us) stopped[signals_text(rank)].push_back(i);
    if (cause == EndCause::finished) finished[""].push_back(i);
    if (!rank.started && !(record.start_failure() && record.start_failure()->rank == i)) never_started[""].push_back(i);
  }
  add_groups(block, record, told ? "also failed" : "failed before", failed);
  add_groups(block, record, "in consequence", victims);
  add_groups(block, record, "stopped by gpulaunch", stopped);
  add_groups(block, record, "had finished", finished);
  add_groups(block, record, "never started", never_started);
}

// The culprit's own file where there is one, else the folder: a path to open, not one to search.
void add_logs(Lines& block, const JobRecord& record, std::optional<int> rank, const FailureBlockOptions& options) {
  Lines places;
  if (rank && !record.planned(*rank).err.file.empty())
    places.push_back(record.planned(*rank).err.file);
  else if (!record.plan().attempt_dir.empty())
    places.push_back(record.plan().attempt_dir);
  if (!options.log_file.empty()) places.push_back(options.log_file);
  if (!places.empty()) block.push_back(fmt::format("  logs: {}", fmt::join(places, ", ")));
}

// What is known about the rank that is to blame, or that a timeout was waiting for.
void add_rank(Lines& block, const JobRecord& record, int rank, const FailureBlockOptions& options) {
  if (record.all_failed_alike()) block.push_back("  first: " + rank_name(record, rank));
  if (record.ending() == Ending::rank_failed) {
    add_where(block, record, rank);
    add_when(block, record, rank, options);
  }
  add_testimony(block, record, rank);
}

void add_storm(Lines& block, const JobRecord& record, const FailureBlockOptions& options) {
  const auto& storm = *record.teardown()->storm;
  if (storm.rank) {
    add_where(block, record, *storm.rank);
    add_when(block, record, *storm.rank, options);
  }
  const auto advice = storm_advice(storm);
  block.insert(block.end(), advice.begin(), advice.end());
}

// What was seen of the ranks has become the cause, or evidence for it.
bool is_told(const JobRecord& record, const std::string& line) {
  if (!record.diagnosis() || !record.inspected()) return false;
  const auto& found = *record.diagnosis();
  const auto& seen = record.inspected()->findings;
  if (!seen.all_wait_in.empty() && line.find(seen.all_wait_in) != std::string::npos)
    return line.starts_with("all ranks wait") && found.cause.find(seen.all_wait_in) != std::string::npos;
  return found.culprits == seen.laggards && line == printable_line(seen.laggard_reason, shown_columns);
}

void add_hang(Lines& block, const JobRecord& record) {
  for (const auto& line : hang_lines(record))
    if (!is_told(record, line)) block.push_back("  " + line);
  const auto saved = inspection_path(record.plan());
  if (record.inspected() && !saved.empty()) block.push_back("  all stacks: " + saved);
}

// Why this code: it is what scripts see, and it need not be the culprit's (a timeout beats it).
std::string code_reason(const JobRecord& record) {
  const auto& verdict = record.verdict();
  if (verdict.raise_signal) return fmt::format("told to stop by {}", signal_name(*verdict.raise_signal));
  const auto outcome = record.culprit_outcome();
  if (record.culprit() && record.ending() == Ending::rank_failed && outcome.exit_code() == verdict.code) {
    auto whose = rank_name(record, *record.culprit()) + "'s";
    if (outcome.kind == Outcome::Kind::exited) return whose;
    return fmt::format("{}: 128 + {}", whose, signal_name(outcome.value));
  }
  if (record.ending() == Ending::storm) return "the job was stopped to protect the machine";
  switch (verdict.code) {
    case exit_status::do_not_requeue: return "not worth requeueing";
    case exit_status::timed_out: return record.ending() == Ending::hung ? "no progress" : "timed out";
    case exit_status::not_executable: return "program not executable";
    case exit_status::not_found: return "program not found";
    default: return "the launcher's own";
  }
}

void add_end(Lines& block, const JobRecord& record, const FailureBlockOptions& options) {
  add_others(block, record);
  add_logs(block, record, quoted_rank(record), options);
  block.push_back(fmt::format("gpulaunch: exit code {} ({})", record.verdict().code, code_reason(record)));
}

// A stop that was asked for is no failure: one line, and what it took.
std::string stop_line(const JobRecord& record, const FailureBlockOptions& options) {
  auto line = "gpulaunch: " + headline(record, options.timeout);
  std::vector<int> killed;
  for (int i = 0; i < record.rank_count(); ++i) {
    const auto& rank = record.rank(i);
    if (rank.end && rank.end->cause == EndCause::stopped_by_us && rank.end->outcome == Outcome::signaled(signo::kill))
      killed.push_back(i);
  }
  if (!killed.empty()) line += fmt::format("; {} had to be killed (SIGKILL)", rank_names(record, killed));
  if (const auto culprit = record.culprit())
    line += fmt::format("; before that, {} {}", rank_name(record, *culprit), record.culprit_outcome().describe());
  return line;
}

}  // namespace

std::vector<std::string> failure_block(const JobRecord& record, const FailureBlockOptions& options) {
  if (record.ending() == Ending::told_to_stop) return {stop_line(record, options)};
  const auto rank = quoted_rank(record);
  Lines block{"gpulaunch: " + headline(record, options.timeout)};
  if (rank) add_rank(block, record, *rank, options);
  if (record.ending() == Ending::storm) add_storm(block, record, options);
  add_diagnosis(block, record);
  if (record.ending() == Ending::hung) add_hang(block, record);
  add_end(block, record, options);
  return block;
}

std::vector<std::string> hang_block_head(const JobRecord& record) {
  Lines block{"gpulaunch: " + hang_headline(record)};
  add_diagnosis(block, record);
  add_hang(block, record);
  return block;
}

std::vector<std::string> hang_block_tail(const JobRecord& record, const FailureBlockOptions& options) {
  Lines block;
  add_end(block, record, options);
  return block;
}

}  // namespace gpulaunch
