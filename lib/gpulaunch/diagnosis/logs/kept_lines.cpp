#include "gpulaunch/diagnosis/logs/kept_lines.hpp"

#include "gpulaunch/base/error_words.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t context_before = 3;
constexpr std::size_t context_after = 8;
// What a line costs beside its text.
constexpr std::size_t overhead = sizeof(NumberedLine);

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  constexpr std::string_view gap = " … ";
  const auto half = most / 2 - gap.size();
  return std::string(text.substr(0, half)).append(gap).append(text.substr(text.size() - half));
}

}  // namespace

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
  const bool is_error = has_error_word(line.line.text);
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
  if (has_error_word(oldest.line.line.text)) ++error_count_;
  error_bytes_ += size;
  head_.push_back(std::move(oldest.line));
}

std::vector<NumberedLine> KeptLines::take() && {
  for (auto& waiting : tail_) head_.push_back(std::move(waiting.line));
  return std::move(head_);
}

}  // namespace gpulaunch
