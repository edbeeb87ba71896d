#include "gpulaunch/diagnosis/error_file.hpp"

#include <nlohmann/json.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace gpulaunch {
namespace {

using nlohmann::json;

// A record holds a message and a call stack; what is larger than this was not written by torch.
constexpr std::size_t size_limit = 1 << 20;

// The member, or null where `object` is no object or has no such member.
const json& member(const json& object, const char* name) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::optional<long long> seconds_from_text(const std::string& text) {
  long long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc{} && end != text.data() ? std::optional(seconds) : std::nullopt;
}

std::optional<long long> seconds_of(const json& value) {
  if (value.is_string()) return seconds_from_text(value.get<std::string>());
  if (value.is_number_integer()) return value.get<long long>();
  // time.time() without int(); a conversion out of range would be undefined, and no date either.
  constexpr double year_10000 = 253402300800.0;
  if (value.is_number_float() && value.get<double>() >= 0 && value.get<double>() < year_10000)
    return static_cast<long long>(value.get<double>());
  return std::nullopt;
}

std::string last_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

ErrorRecord nested_record(const json& message) {
  const auto& extra = member(message, "extraInfo");
  ErrorRecord record{text_of(member(message, "message")), text_of(member(extra, "py_callstack")),
                     seconds_of(member(extra, "timestamp"))};
  if (record.message.empty()) record.message = last_line(record.callstack);
  return record;
}

}  // namespace

std::optional<ErrorRecord> parse_error_record(std::string_view text) {
  const json root = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const auto& message = member(root, "message");
  auto record = message.is_string() ? ErrorRecord{text_of(message), "", seconds_of(member(root, "timestamp"))}
                                    : nested_record(message);
  return record.message.empty() ? std::nullopt : std::optional(std::move(record));
}

std::optional<ErrorRecord> read_error_file(const std::string& path) {
  const auto text = read_error_text(path);
  return text ? parse_error_record(*text) : std::nullopt;
}

std::optional<std::string> read_error_text(const std::string& path) {
  // Only regular files: opening a fifo that a rank left there would wait for a writer.
  std::error_code error;
  if (path.empty() || !std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  std::string text(size_limit, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace gpulaunch
