#include "gpulaunch/report/parent_error_file.hpp"

#include "gpulaunch/diagnosis/error_file.hpp"
#include "gpulaunch/report/cause_text.hpp"
#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/output_file.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace gpulaunch {
namespace {

using nlohmann::json;

constexpr std::size_t quoted_lines = 20;

// Torch reads the time as text of whole seconds.
std::string seconds_text(Wall time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

// Torch's summary shows the call stack where there is the key, though it be empty, and the message only without it.
json torch_record(const std::string& message, const std::string& callstack, const std::string& timestamp) {
  json extra = {{"timestamp", timestamp}};
  if (!callstack.empty()) extra["py_callstack"] = replace_invalid(callstack);
  return {{"message", {{"message", replace_invalid(message)}, {"extraInfo", std::move(extra)}}}};
}

std::string joined_lines(const std::vector<std::string>& lines) { return fmt::format("{}", fmt::join(lines, "\n")); }

std::vector<std::string> printable_lines(std::string_view text) {
  auto lines = split_lines(text);
  for (auto& line : lines) line = printable_line(line, shown_columns);
  return lines;
}

// Below what the rank says: into the message, which other launchers read, and below the call stack, because torch's
// summary shows that alone. Our name tells whose words these are.
void add_cause(json& whole, const ErrorRecord& said, const JobRecord& record) {
  const auto cause = cause_lines(record, printable_lines(said.message + '\n' + said.callstack));
  if (cause.empty()) return;
  const auto text = "\ngpulaunch: " + joined_lines(cause);
  auto& message = whole["message"];
  message["message"] = said.message + text;
  if (!said.callstack.empty()) message["extraInfo"]["py_callstack"] = said.callstack + text;
}

// The culprit's file as it wrote it, with all that it says, and the cause; the short schema is widened, because its
// message has no room for the code.
std::optional<json> culprit_record(const JobRecord& record, int culprit, Wall when) {
  const auto text = read_error_text(record.planned(culprit).error_file);
  const auto said = text ? parse_error_record(*text) : std::nullopt;
  if (!said) return std::nullopt;
  auto whole = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!whole["message"].is_object())
    whole = torch_record(said->message, said->callstack,
                         said->timestamp ? std::to_string(*said->timestamp) : seconds_text(when));
  add_cause(whole, *said, record);
  return whole;
}

// What Python wrote of an exception that nobody caught, up to the end of the lines; empty where there is none.
std::vector<std::string> traceback_in(const std::vector<std::string>& lines) {
  return {std::find(lines.begin(), lines.end(), "Traceback (most recent call last):"), lines.end()};
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

// Our name stands first, because the parent has ranks of the same numbers; then the cause, because readers shorten long
// messages. Of a traceback the message has the last line alone; what a rank wrote to standard output is no error,
// unless it is a traceback.
json own_record(const JobRecord& record, std::optional<Nanos> timeout, Wall when) {
  const auto rank = quoted_rank(record);
  const auto testimony = rank ? read_last_words(record, *rank, quoted_lines) : LastWords{};
  const auto cause = cause_lines(record, testimony.lines);
  auto traceback = traceback_in(testimony.lines);
  std::vector<std::string> message{"gpulaunch: " + headline(record, timeout)};
  append(message, cause);
  if (record.ending() == Ending::hung) append(message, hang_lines(record));
  if (!traceback.empty()) {
    message.push_back(traceback.back());
    append(traceback, cause);
  } else if (testimony.stream == "stderr" && !testimony.lines.empty()) {
    message.emplace_back("last lines of stderr:");
    append(message, testimony.lines);
  }
  return torch_record(joined_lines(message), joined_lines(traceback), seconds_text(when));
}

}  // namespace

std::string parent_error_text(const JobRecord& record, std::optional<Nanos> timeout, Wall when) {
  const auto culprit = record.ending() == Ending::rank_failed ? record.culprit() : std::nullopt;
  auto whole = culprit ? culprit_record(record, *culprit, when) : std::nullopt;
  if (!whole) whole = own_record(record, timeout, when);
  (*whole)["message"]["errorCode"] = record.verdict().code;
  return whole->dump();
}

ParentErrorFile::ParentErrorFile(std::string path, ParentErrorFileOptions options)
    : path_(std::move(path)), options_(std::move(options)) {}

void ParentErrorFile::on(const JobEvent& event) {
  record_.note(event);
  if (!std::holds_alternative<job_event::JobFinished>(event.what)) return;
  finished_ = event.at;
  if (record_.ending() != Ending::success && record_.ending() != Ending::told_to_stop) write();
}

void ParentErrorFile::write() const {
  auto written = open_report_file("TORCHELASTIC_ERROR_FILE", path_).and_then([&](const Fd& file) {
    return write_report(file.get(), parent_error_text(record_, options_.timeout, finished_.wall));
  });
  if (!written && options_.complain) options_.complain("gpulaunch: " + written.error().message);
}

}  // namespace gpulaunch
