#include "gpulaunch/inspection/ras_text.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace gpulaunch {
namespace {

constexpr std::size_t most_lines = 40;

bool contains_text(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string_view take_ras_line(std::string_view& rest) {
  auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

bool is_underline(std::string_view line) { return line.find_first_not_of('=') == std::string_view::npos; }

// The number that follows `word`.
std::optional<long long> number_after(std::string_view line, std::string_view word) {
  const auto begin = line.find(word);
  if (begin == std::string_view::npos) return std::nullopt;
  line.remove_prefix(begin + word.size());
  long long number = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), number);
  return parsed.ec == std::errc{} ? std::optional(number) : std::nullopt;
}

std::optional<pid_t> process_in(std::string_view line) {
  auto number = number_after(line, "process ");
  if (!number) number = number_after(line, "Process ");
  return number && *number > 1 && *number < 1LL << 31 ? std::optional(static_cast<pid_t>(*number)) : std::nullopt;
}

std::optional<long long> operations_in(std::string_view line) {
  if (contains_text(line, "not launched any operations")) return 0;
  return number_after(line, "launched up to operation ");
}

// One pass over the lines, which belong to the last heading before them.
class SuspectReader {
 public:
  void read(std::string_view line) {
    const auto operations = operations_in(line);
    if (contains_text(line, "Missing communicator data") || contains_text(line, "considered dead")) {
      begin(Part::missing);
    } else if (contains_text(line, "operation counts")) {
      begin(Part::counts);
    } else if (!operations && !process_in(line)) {
      begin(Part::other);
    }
    if (operations) launched_ = *operations;
    if (const auto process = process_in(line)) add(*process);
    if (part_ == Part::counts && operations) at_[*operations];
  }

  RasSuspects result() {
    begin(Part::other);
    return suspects_;
  }

 private:
  enum class Part { other, missing, counts };

  void begin(Part part) {
    for (auto group = at_.begin(); group != at_.end() && std::next(group) != at_.end(); ++group)
      suspects_.behind.insert(suspects_.behind.end(), group->second.begin(), group->second.end());
    at_.clear();
    launched_.reset();
    part_ = part;
  }

  void add(pid_t process) {
    if (part_ == Part::missing) suspects_.missing.push_back(process);
    if (part_ == Part::counts && launched_) at_[*launched_].push_back(process);
  }

  Part part_ = Part::other;
  std::optional<long long> launched_;
  std::map<long long, std::vector<pid_t>> at_;  // who has launched how many
  RasSuspects suspects_;
};

}  // namespace

std::vector<std::string> ras_lines(std::string_view status) {
  std::vector<std::string> lines;
  bool matters = false;
  std::string_view heading;
  while (!status.empty()) {
    const auto line = take_ras_line(status);
    if (line.empty()) continue;
    if (is_underline(line)) {
      matters = heading == "Errors" || heading == "Warnings";
      if (!lines.empty() && lines.back() == heading) lines.pop_back();
    } else if (matters && lines.size() < most_lines) {
      lines.emplace_back(line);
    }
    heading = line;
  }
  return lines;
}

RasSuspects ras_suspects(const std::vector<std::string>& lines) {
  SuspectReader reader;
  for (const auto& line : lines) reader.read(line);
  return reader.result();
}

}  // namespace gpulaunch
