#include "gpulaunch/report/junit.hpp"

#include "gpulaunch/report/cause_text.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/masked_command.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/output_file.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t text_lines = 20;

double seconds(Nanos duration) { return std::chrono::duration<double>(duration).count(); }

bool allowed_in_xml(const CodePoint& point) {
  const bool control = point.value < 0x20 && point.value != '\t' && point.value != '\n' && point.value != '\r';
  return point.valid && !control && point.value != 0xfffe && point.value != 0xffff;
}

// Cases and how they count.
struct Cases {
  std::string text;
  int total = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
};

std::string joined(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

// One child element of a case: <failure>, <error> or <skipped>.
std::string verdict_element(std::string_view name, std::string_view message, std::string_view text) {
  return fmt::format("      <{0} message=\"{1}\">{2}</{0}>\n", name, xml_text(message), xml_text(text));
}

// "exited with code 1", "stopped by gpulaunch (SIGTERM)"
std::string end_text(const RankRecord& rank) {
  if (!rank.started) return "never started";
  const bool by_itself = rank.end && rank.end->cause != EndCause::stopped_by_us;
  return by_itself ? rank.end->outcome.describe() : "stopped by gpulaunch" + signals_text(rank);
}

// The diagnosis tells who failed, whatever the end was: a rank that left too early may have exited 0.
bool is_failure(const JobRecord& record, int rank) {
  const auto& end = record.rank(rank).end;
  return record.is_blamed(rank) || (end && end->cause == EndCause::failed && !record.is_victim(rank));
}

// A rank that is to blame for a hang was stopped like all others; that it hung is what the job ended for.
std::string failure_message(const JobRecord& record, int rank) {
  if (record.ending() == Ending::hung && record.is_blamed(rank)) return headline(record, std::nullopt);
  const auto what = record.is_blamed(rank) ? cause_title(*record.diagnosis()) : "";
  return what.empty() ? end_text(record.rank(rank)) : fmt::format("{}: {}", end_text(record.rank(rank)), what);
}

// What was found out, and what ranks that hung were doing.
std::vector<std::string> known_lines(const JobRecord& record) {
  auto lines = cause_lines(record);
  const auto seen = record.ending() == Ending::hung ? hang_lines(record) : std::vector<std::string>{};
  lines.insert(lines.end(), seen.begin(), seen.end());
  return lines;
}

// What is known, then what its framework said. A call stack ends with the message, so either of them says all.
std::string failure_text(const JobRecord& record, int rank) {
  auto lines = known_lines(record);
  const auto error = read_error_file(record.planned(rank).error_file);
  if (!error) return joined(lines);
  if (!lines.empty()) lines.emplace_back();
  lines.push_back(error->callstack.empty() ? error->message : error->callstack);
  return joined(lines);
}

// Whose failure ended a rank that did not fail itself; empty where the diagnosis does not tell, or it was no failure.
std::string because(const JobRecord& record, int rank) {
  const bool stopped = record.teardown() && record.teardown()->reason == TeardownReason::rank_failed;
  if (!record.diagnosis() || !(stopped || record.is_victim(rank))) return "";
  const auto& blamed = record.diagnosis()->culprits;
  if (!blamed.empty()) return " because of " + rank_names(record, blamed);
  return record.is_victim(rank) ? " because of another rank" : "";
}

// The element that says how a rank's case ended, none for one that finished; counts it in `cases`.
std::string rank_verdict(const JobRecord& record, int rank, Cases& cases) {
  const auto& known = record.rank(rank);
  if (record.start_failure() && record.start_failure()->rank == rank) {
    ++cases.errors;
    return verdict_element("error", record.start_failure()->error.message, "");
  }
  if (is_failure(record, rank)) {
    ++cases.failures;
    return verdict_element("failure", failure_message(record, rank), failure_text(record, rank));
  }
  if (known.end && known.end->cause == EndCause::finished) return "";
  ++cases.skipped;
  return verdict_element("skipped", end_text(known) + because(record, rank), "");
}

std::string tail_elements(const RankRecord& rank) {
  std::string text;
  if (!rank.end) return text;
  const auto add = [&](std::string_view name, const std::vector<std::string>& tail) {
    const auto lines = last_lines(tail, text_lines);
    if (!lines.empty()) text += fmt::format("      <{0}>{1}</{0}>\n", name, xml_text(joined(lines)));
  };
  add("system-out", rank.end->stdout_tail);
  add("system-err", rank.end->stderr_tail);
  return text;
}

void add_case(Cases& cases, std::string_view name, Nanos time, std::string_view content) {
  ++cases.total;
  cases.text += fmt::format("    <testcase classname=\"gpulaunch\" name=\"{}\" time=\"{:.3f}\">\n{}    </testcase>\n",
                            xml_text(name), seconds(time), content);
}

Cases all_cases(const JobRecord& record, std::optional<Nanos> timeout) {
  Cases cases;
  for (int rank = 0; rank < record.rank_count(); ++rank) {
    const auto& end = record.rank(rank).end;
    add_case(cases, rank_name(record, rank), end ? end->ended.mono - end->started.mono : Nanos{},
             rank_verdict(record, rank, cases) + tail_elements(record.rank(rank)));
  }
  // A CI system calls a report without failures and errors green, which a job with a bad exit code never is.
  const bool nobody_to_blame = cases.failures + cases.errors == 0;
  if (record.ending() == Ending::success || !nobody_to_blame) return cases;
  ++cases.errors;
  const auto said = fmt::format("{} (exit code {})", headline(record, timeout), record.verdict().code);
  add_case(cases, "job", record.duration(), verdict_element("error", said, joined(known_lines(record))));
  return cases;
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const auto point = first_code_point(text);
    const auto bytes = text.substr(0, point.length);
    text.remove_prefix(point.length);
    if (bytes == "&")
      escaped += "&amp;";
    else if (bytes == "<")
      escaped += "&lt;";
    else if (bytes == ">")
      escaped += "&gt;";
    else if (bytes == "\"")
      escaped += "&quot;";
    else if (allowed_in_xml(point))
      escaped += bytes;
    else if (point.value < 0x100)
      escaped += fmt::format("\\x{:02x}", std::uint32_t{point.value});
    else
      escaped += fmt::format("\\u{:04x}", std::uint32_t{point.value});
  }
  return escaped;
}

std::string junit_xml(const JobRecord& record, std::optional<Nanos> timeout) {
  const auto cases = all_cases(record, timeout);
  const auto& plan = record.plan();
  const auto counts = fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"",
                                  cases.total, cases.failures, cases.errors, cases.skipped, seconds(record.duration()));
  const auto command = fmt::format("{}", fmt::join(masked_command(record.command()), " "));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {0}>\n"
      "  <testsuite name=\"{1}\" {0} timestamp=\"{2}\" hostname=\"{3}\">\n"
      "    <properties>\n      <property name=\"run_id\" value=\"{4}\"/>\n"
      "      <property name=\"exit_code\" value=\"{5}\"/>\n      <property name=\"attempt\" value=\"{6}\"/>\n"
      "    </properties>\n{7}  </testsuite>\n</testsuites>\n",
      counts, xml_text(command), iso8601(record.started().wall), xml_text(plan.host), xml_text(plan.run_id),
      record.verdict().code, record.attempt(), cases.text);
}

JUnitWriter::JUnitWriter(Fd file, std::string path, JUnitOptions options)
    : file_(std::move(file)), path_(std::move(path)), options_(std::move(options)) {}

void JUnitWriter::on(const JobEvent& event) {
  record_.note(event);
  if (!std::holds_alternative<job_event::JobFinished>(event.what)) return;
  const auto written = write_report(file_.get(), junit_xml(record_, options_.timeout));
  if (!written && options_.complain)
    options_.complain(fmt::format("gpulaunch: --junit {}: {}", path_, written.error().message));
}

Result<std::unique_ptr<JUnitWriter>> open_junit_writer(const std::string& path, JUnitOptions options) {
  auto file = open_report_file("--junit", path);
  if (!file) return tl::unexpected(file.error());
  return std::make_unique<JUnitWriter>(std::move(*file), path, std::move(options));
}

}  // namespace gpulaunch
