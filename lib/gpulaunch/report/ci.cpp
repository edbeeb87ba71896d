#include "gpulaunch/report/ci.hpp"

#include "gpulaunch/report/cause_text.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t annotation_lines = 10;

std::string percent_escape(std::string_view text, std::string_view characters) {
  std::string escaped;
  for (const char c : text) {
    if (characters.find(c) == std::string_view::npos)
      escaped += c;
    else
      escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return escaped;
}

// The message of the error file is the more to the point; the page shows a few lines only.
std::vector<std::string> testimony_lines(const JobRecord& record, int rank) {
  const auto testimony = read_last_words(record, rank, annotation_lines);
  return testimony.error ? last_lines(split_lines(testimony.error->message), annotation_lines) : testimony.lines;
}

// What the rank said, or how the ranks hang; before it why, because pages cut long annotations. Where the diagnosis
// knows why a rank failed, that alone.
std::vector<std::string> annotation_text(const JobRecord& record) {
  const auto rank = quoted_rank(record);
  auto lines = rank ? testimony_lines(record, *rank) : std::vector<std::string>{};
  if (record.ending() == Ending::hung) lines = hang_lines(record);
  if (!record.diagnosis() || says_no_more(*record.diagnosis(), lines)) return lines;
  auto cause = cause_lines(record);
  if (record.ending() == Ending::rank_failed && !cause.empty()) return cause;
  lines.insert(lines.begin(), cause.begin(), cause.end());
  return lines;
}

}  // namespace

std::string escape_github_message(std::string_view text) { return percent_escape(text, "%\r\n"); }

std::string escape_github_title(std::string_view text) { return percent_escape(text, "%\r\n:,"); }

std::optional<std::string> github_annotation(const JobRecord& record, std::optional<Nanos> timeout) {
  if (record.ending() == Ending::success || record.ending() == Ending::told_to_stop) return std::nullopt;
  const auto title = printable_line(blaming_headline(record, timeout), shown_columns);
  auto message = fmt::format("{}", fmt::join(annotation_text(record), "\n"));
  // GitHub drops an annotation without a message.
  if (message.empty()) message = fmt::format("gpulaunch ended with exit code {}", record.verdict().code);
  return fmt::format("::error title={}::{}", escape_github_title(title), escape_github_message(message));
}

GithubAnnotations::GithubAnnotations(std::optional<Nanos> timeout, LineSink sink)
    : timeout_(timeout), sink_(std::move(sink)) {}

void GithubAnnotations::on(const JobEvent& event) {
  record_.note(event);
  if (!std::holds_alternative<job_event::JobFinished>(event.what)) return;
  if (const auto line = github_annotation(record_, timeout_)) sink_(*line);
}

}  // namespace gpulaunch
