#include "gpulaunch/output/error_lines.hpp"

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

constexpr std::array<std::string_view, 10> error_words{"error",  "traceback", "fatal", "nccl warn", "abort",
                                                       "killed", "assert",    "fail",  "terminate", "signal"};

// All words side by side in one number, a bit for each of their letters (the shift-and method of Baeza-Yates and
// Gonnet): a bit is set while what was read last is the beginning of its word up to there.
struct WordBits {
  std::array<std::uint64_t, 256> of_letter{};
  std::uint64_t begins = 0;
  std::uint64_t ends = 0;

  constexpr WordBits() {
    std::uint64_t bit = 1;
    for (const auto word : error_words) {
      begins |= bit;
      for (const char letter : word) {
        of_letter[static_cast<unsigned char>(letter)] |= bit;
        if (letter != ' ') of_letter[static_cast<unsigned char>(letter - 'a' + 'A')] |= bit;
        bit <<= 1U;
      }
      ends |= bit == 0 ? std::uint64_t{1} << 63U : bit >> 1U;
    }
  }
};

constexpr std::size_t all_letters() {
  std::size_t sum = 0;
  for (const auto word : error_words) sum += word.size();
  return sum;
}
static_assert(all_letters() <= 64);

constexpr WordBits bits;

}  // namespace

std::size_t ScanAllowance::take(std::size_t wanted, Mono now) {
  if (now - window_began_ >= window) {
    window_began_ = now;
    left_ = bytes_per_window;
  }
  const std::size_t taken = std::min(wanted, left_);
  left_ -= taken;
  return taken;
}

bool has_error_word(std::string_view text) {
  std::uint64_t state = 0;
  for (const char letter : text) {
    state = ((state << 1U) | bits.begins) & bits.of_letter[static_cast<unsigned char>(letter)];
    if ((state & bits.ends) != 0) return true;
  }
  return false;
}

void ErrorLines::read(std::string_view bytes, Mono now, ScanAllowance& allowance) {
  const std::size_t allowed = allowance.take(bytes.size(), now);
  std::string_view rest = bytes.substr(0, allowed);
  while (!rest.empty()) {
    const std::size_t newline = rest.find('\n');
    const std::string_view piece = rest.substr(0, newline);
    if (newline != std::string_view::npos && unfinished_.empty()) {
      end_line(piece, now);
    } else {
      unfinished_.append(piece.substr(0, max_line - std::min(max_line, unfinished_.size())));
      if (newline != std::string_view::npos) end_line(unfinished_, now);
    }
    const std::size_t used = newline == std::string_view::npos ? piece.size() : newline + 1;
    place_ += used;
    rest.remove_prefix(used);
    if (newline == std::string_view::npos) continue;
    unfinished_.clear();
    line_place_ = place_;
  }
  skip(bytes.substr(allowed));
}

// What is not read is not kept, and the line that was being read has no known end.
void ErrorLines::skip(std::string_view bytes) {
  if (bytes.empty()) return;
  place_ += bytes.size();
  line_place_ = place_;
  unfinished_.clear();
  following_ = 0;
}

void ErrorLines::end_line(std::string_view line, Mono now) {
  const std::string_view kept = line.substr(0, max_line);
  if (has_error_word(kept)) {
    following_ = following_lines;
  } else if (following_ > 0) {
    --following_;
  } else {
    return;
  }
  if (first_.size() < max_first) {
    first_.push_back({std::string(kept), line_place_, now});
    return;
  }
  if (latest_.size() == max_latest) latest_.pop_front();
  latest_.push_back({std::string(kept), line_place_, now});
}

std::vector<KeptLine> ErrorLines::lines() const {
  auto all = first_;
  all.insert(all.end(), latest_.begin(), latest_.end());
  return all;
}

}  // namespace gpulaunch
