#include "gpulaunch/diagnosis/logs/end_blocks.hpp"

#include "gpulaunch/diagnosis/logs/end_words.hpp"

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

constexpr std::size_t longest_traceback = 64UL * 1024;

std::string_view trimmed_part(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? text.substr(0, 0)
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_rule(std::string_view line, char of) {
  const auto text = trimmed_part(line);
  return text.size() >= 8 && text.find_first_not_of(of) == std::string_view::npos;
}

// The last line of a traceback is the error.
std::string last_line_of(const std::string& text) {
  const auto end = text.find_last_not_of('\n') + 1;
  const auto begin = text.rfind('\n', end == 0 ? 0 : end - 1);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1));
}

}  // namespace

void AgentSummary::open(std::string_view title) {
  open_ = true;
  root_cause_ = title == "Root Cause";
}

void AgentSummary::read(std::string_view line, LogEnds& ends) {
  if (is_rule(line, '=') || is_rule(line, '*') || is_rule(line, '-')) {
    finish_entry(ends);
    open_ = is_rule(line, '-');
    return;
  }
  const re2::StringPiece piece(line.data(), line.size());
  re2::StringPiece name;
  re2::StringPiece value;
  if (trimmed_part(line).starts_with('[') && trimmed_part(line).ends_with("]:")) return finish_entry(ends);
  if (!in_traceback_ && RE2::FullMatch(piece, field_, &name, &value))
    return read_field({name.data(), name.size()}, {value.data(), value.size()});
  if (in_traceback_) read_traceback(line);
}

void AgentSummary::read_field(std::string_view name, std::string_view value) {
  const re2::StringPiece piece(value.data(), value.size());
  int number = 0;
  int pid = 0;
  if (name == "time") {
    if (const auto stamp = stamps_.read_whole(trimmed_part(value))) entry_.at = stamp->at;
  } else if (name == "rank" && RE2::FullMatch(piece, number_, &number)) {
    entry_.rank = number;
  } else if (name == "exitcode" && RE2::FullMatch(piece, number_, &number)) {
    entry_.outcome = python_outcome(number);
    if (RE2::PartialMatch(piece, "pid: (\\d{1,9})", &pid)) entry_.pid = pid;
  } else if (name == "traceback") {
    in_traceback_ = true;
    read_traceback(value);
  }
}

// "Signal 9 (SIGKILL) received by PID 17" and "To enable traceback see: …" are the launcher's words, not the rank's.
void AgentSummary::read_traceback(std::string_view line) {
  const auto text = trimmed_part(line);
  const bool launchers = text.starts_with("Signal ") || text.starts_with("To enable traceback");
  if (launchers || traceback_.size() + line.size() > longest_traceback) return;
  // torchrun indents all lines but the first.
  traceback_.append(line.starts_with("  ") ? line.substr(2) : line).append("\n");
}

void AgentSummary::finish_entry(LogEnds& ends) {
  if (entry_.rank && entry_.outcome) {
    entry_.called_first = root_cause_;
    if (traceback_.find_first_not_of(" \n") != std::string::npos)
      ends.errors[*entry_.rank] = {last_line_of(traceback_), traceback_, std::nullopt};
    ends.ends.push_back(entry_);
  }
  entry_ = {};
  traceback_.clear();
  in_traceback_ = false;
}

void AgentSummary::close(LogEnds& ends) {
  finish_entry(ends);
  open_ = false;
}

void OwnBlock::read_groups(std::string_view text, Fate fate, LogEnds& ends) const {
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    re2::StringPiece numbers;
    re2::StringPiece rest;
    if (!RE2::PartialMatch(re2::StringPiece(part.data(), part.size()), group_, &numbers, &rest)) continue;
    auto outcome = described_outcome({rest.data(), rest.size()});
    if (fate == Fate::finished) outcome = Outcome::exited(0);
    for (const int rank : ranks_in({numbers.data(), numbers.size()}))
      ends.ends.push_back({.rank = rank, .outcome = outcome, .fate = fate});
  }
}

LineOwner OwnBlock::read(std::string_view line, LogEnds& ends) {
  struct Group {
    std::string_view label;
    Fate fate;
  };
  constexpr std::array<Group, 4> groups{{{"  stopped by gpulaunch: ", Fate::stopped},
                                         {"  also failed: ", Fate::failed},
                                         {"  failed before: ", Fate::failed},
                                         {"  had finished: ", Fate::finished}}};
  for (const auto& [label, fate] : groups)
    if (line.starts_with(label)) read_groups(line.substr(label.size()), fate, ends);
  constexpr std::string_view bar = "  | ";
  constexpr std::string_view error = "  error: ";
  for (const auto mark : {bar, error})
    if (line.starts_with(mark)) return {true, ranks_, line.substr(mark.size())};
  open_ = line.starts_with("  ");
  return {open_, {}, line};
}

}  // namespace gpulaunch
