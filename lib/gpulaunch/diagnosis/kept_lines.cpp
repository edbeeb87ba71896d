#include "gpulaunch/diagnosis/kept_lines.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t context_before = 3;
constexpr std::size_t context_after = 8;
// What a line costs beside its text.
constexpr std::size_t overhead = sizeof(NumberedLine);

// Sorted.
constexpr std::array<std::string_view, 24> telling{
    "abort",  "assert",   "broken",  "cannot",    "denied",   "error",     "exception", "fail",
    "fatal",  "fault",    "invalid", "kill",      "mismatch", "no space",  "not found", "out of mem",
    "refuse", "reset by", "signal",  "timed out", "timeout",  "traceback", "unable",    "warn"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

struct WordRange {
  std::size_t first = 0;
  std::size_t last = 0;  // beyond the last one
};

// The words that begin with each letter, so that most characters cost one look.
constexpr std::array<WordRange, 256> words_by_letter() {
  std::array<WordRange, 256> ranges{};
  for (std::size_t i = 0; i < telling.size(); ++i) {
    auto& range = ranges[static_cast<unsigned char>(telling[i].front())];
    if (range.last == 0) range.first = i;
    range.last = i + 1;
    ranges[static_cast<unsigned char>(telling[i].front() - 'a' + 'A')] = range;
  }
  return ranges;
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  constexpr std::string_view gap = " … ";
  const auto half = most / 2 - gap.size();
  return std::string(text.substr(0, half)).append(gap).append(text.substr(text.size() - half));
}

}  // namespace

bool looks_like_error(std::string_view line) {
  static constexpr auto ranges = words_by_letter();
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto range = ranges[static_cast<unsigned char>(line[i])];
    for (auto word = range.first; word < range.last; ++word)
      if (begins_with(line.substr(i), telling[word])) return true;
  }
  return false;
}

void KeptLines::add(std::uint64_t number, std::string_view text, std::optional<Nanos> at) {
  NumberedLine line{number, {shortened(text, limits_.line), at}};
  const auto size = line.line.text.size() + overhead;
  if (tail_.empty() && head_bytes_ + size <= limits_.head) {
    head_bytes_ += size;
    head_.push_back(std::move(line));
    return;
  }
  add_to_tail(std::move(line));
  while (tail_bytes_ > limits_.tail) let_go();
}

void KeptLines::add_to_tail(NumberedLine line) {
  const bool is_error = looks_like_error(line.line.text);
  if (is_error) {
    const auto near = std::min(context_before, tail_.size());
    std::for_each(tail_.end() - static_cast<std::ptrdiff_t>(near), tail_.end(), [](auto& one) { one.kept = true; });
  }
  tail_bytes_ += line.line.text.size() + overhead;
  tail_.push_back({std::move(line), is_error || context_left_ > 0});
  context_left_ = is_error ? context_after : context_left_ - std::min<std::size_t>(context_left_, 1);
}

// The oldest line of the end becomes one of the middle, where it is kept if it tells of an error.
void KeptLines::let_go() {
  auto oldest = std::move(tail_.front());
  tail_.pop_front();
  const auto size = oldest.line.line.text.size() + overhead;
  tail_bytes_ -= size;
  if (!oldest.kept || error_count_ >= limits_.error_lines || error_bytes_ + size > limits_.errors) return;
  if (looks_like_error(oldest.line.line.text)) ++error_count_;
  error_bytes_ += size;
  head_.push_back(std::move(oldest.line));
}

std::vector<NumberedLine> KeptLines::take() && {
  for (auto& waiting : tail_) head_.push_back(std::move(waiting.line));
  return std::move(head_);
}

}  // namespace gpulaunch
