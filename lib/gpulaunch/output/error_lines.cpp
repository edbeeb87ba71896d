#include "gpulaunch/output/error_lines.hpp"

#include "gpulaunch/base/error_words.hpp"

#include <algorithm>

namespace gpulaunch {
std::size_t ScanAllowance::take(std::size_t wanted, Mono now) {
  if (now - window_began_ >= window) {
    window_began_ = now;
    left_ = bytes_per_window;
  }
  const std::size_t taken = std::min(wanted, left_);
  left_ -= taken;
  return taken;
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
