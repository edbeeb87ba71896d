#include "gpulaunch/report/parent_error_file.hpp"

#include "gpulaunch/diagnosis/error_file.hpp"
#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/output_file.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
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

// The culprit's file as it wrote it, with all that it says; the short schema is widened, because its message has no
// room for the code.
std::optional<json> culprit_record(const std::string& path, Wall when) {
  const auto text = read_error_text(path);
  const auto record = text ? parse_error_record(*text) : std::nullopt;
  if (!record) return std::nullopt;
  auto whole = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (whole["message"].is_object()) return whole;
  return torch_record(record->message, record->callstack,
                      record->timestamp ? std::to_string(*record->timestamp) : seconds_text(when));
}

// What Python wrote of an exception that nobody caught, up to the end of the lines; empty where there is none.
std::vector<std::string> traceback_in(const std::vector<std::string>& lines) {
  return {std::find(lines.begin(), lines.end(), "Traceback (most recent call last):"), lines.end()};
}

// Our name stands first, because the parent has ranks of the same numbers. Of a traceback the message has the last
// line alone; what a rank wrote to standard output is no error, unless it is a traceback.
json own_record(const JobRecord& record, std::optional<Nanos> timeout, Wall when) {
  const auto rank = quoted_rank(record);
  const auto testimony = rank ? read_testimony(record, *rank, quoted_lines) : LastWords{};
  const auto traceback = traceback_in(testimony.lines);
  auto message = "gpulaunch: " + headline(record, timeout);
  if (!traceback.empty()) {
    message += '\n' + traceback.back();
  } else if (testimony.stream == "stderr" && !testimony.lines.empty()) {
    message += fmt::format("\nlast lines of stderr:\n{}", fmt::join(testimony.lines, "\n"));
  }
  return torch_record(message, fmt::format("{}", fmt::join(traceback, "\n")), seconds_text(when));
}

}  // namespace

std::string parent_error_text(const JobRecord& record, std::optional<Nanos> timeout, Wall when) {
  const auto culprit = record.ending() == Ending::rank_failed ? record.culprit() : std::nullopt;
  auto whole = culprit ? culprit_record(record.planned(*culprit).error_file, when) : std::nullopt;
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
