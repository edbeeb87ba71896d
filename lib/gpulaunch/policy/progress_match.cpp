#include "gpulaunch/policy/progress_match.hpp"

#include <algorithm>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::string_view line_ends = "\n\r";

// The groups, kept apart by a byte that no line has; where there are none, the whole match. Empty: no match.
std::string matched_text(const re2::RE2& pattern, std::string_view line) {
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece text(line.data(), line.size());
  if (!pattern.Match(text, 0, text.size(), re2::RE2::UNANCHORED, found.data(), static_cast<int>(found.size()))) {
    return {};
  }
  if (found.size() == 1) return {found[0].data(), found[0].size()};
  std::string groups;
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (i > 1) groups += '\n';
    groups.append(found[i].data(), found[i].size());
  }
  return groups;
}

}  // namespace

ProgressMatch::ProgressMatch(const std::string& pattern)
    : pattern_(std::make_unique<re2::RE2>(pattern, re2::RE2::Quiet)) {}
ProgressMatch::ProgressMatch(ProgressMatch&&) noexcept = default;
ProgressMatch& ProgressMatch::operator=(ProgressMatch&&) noexcept = default;
ProgressMatch::~ProgressMatch() = default;

void ProgressMatch::begin_attempt(std::size_t ranks) {
  ranks_.resize(ranks);
  for (auto& rank : ranks_) {
    if (!rank.last.empty()) rank.before = std::move(rank.last);
    rank.last.clear();
    for (auto& line : rank.lines) line = {};
  }
}

bool ProgressMatch::feed(int rank, std::size_t stream, std::string_view bytes) {
  auto& of = ranks_[static_cast<std::size_t>(rank)];
  auto& line = of.lines[stream];
  bool moved = false;
  for (auto end = bytes.find_first_of(line_ends); end != std::string_view::npos; end = bytes.find_first_of(line_ends)) {
    moved |= end_line(of, line, bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  hold(of, line, bytes, moved);
  return moved;
}

bool ProgressMatch::end_line(Rank& rank, Line& line, std::string_view rest) const {
  const bool looked_at = line.too_long;
  line.too_long = false;
  if (looked_at) return false;
  if (line.held.empty()) return is_new(rank, rest.substr(0, longest_line));
  line.held += rest.substr(0, longest_line - line.held.size());
  const bool moved = is_new(rank, line.held);
  line.held.clear();
  return moved;
}

void ProgressMatch::hold(Rank& rank, Line& line, std::string_view rest, bool& moved) const {
  if (line.too_long) return;
  line.held += rest.substr(0, longest_line - line.held.size());
  if (line.held.size() < longest_line) return;
  moved |= is_new(rank, line.held);
  line = {.held = {}, .too_long = true};
}

bool ProgressMatch::is_new(Rank& rank, std::string_view line) const {
  auto text = matched_text(*pattern_, line);
  if (text.empty() || text == rank.last) return false;
  rank.last = std::move(text);
  return true;
}

bool ProgressMatch::got_further() const {
  return std::any_of(ranks_.begin(), ranks_.end(),
                     [](const Rank& rank) { return !rank.last.empty() && rank.last != rank.before; });
}

}  // namespace gpulaunch
