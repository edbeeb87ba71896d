#include "gpulaunch/report/ci.hpp"

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
std::string testimony_text(const JobRecord& record, int rank) {
  auto testimony = read_last_words(record, rank, annotation_lines);
  if (testimony.error) testimony.lines = last_lines(split_lines(testimony.error->message), annotation_lines);
  return fmt::format("{}", fmt::join(testimony.lines, "\n"));
}

}  // namespace

std::string escape_github_message(std::string_view text) { return percent_escape(text, "%\r\n"); }

std::string escape_github_title(std::string_view text) { return percent_escape(text, "%\r\n:,"); }

std::optional<std::string> github_annotation(const JobRecord& record, std::optional<Nanos> timeout) {
  if (record.ending() == Ending::success || record.ending() == Ending::told_to_stop) return std::nullopt;
  const auto title = printable_line(headline(record, timeout), shown_columns);
  const auto rank = quoted_rank(record);
  auto message = rank ? testimony_text(record, *rank) : "";
  if (record.ending() == Ending::hung) message = fmt::format("{}", fmt::join(hang_lines(record), "\n"));
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
