// Cuts the bytes of a saved log into lines. A carriage return ends a line as well, so that of a progress bar that draws
// over itself no line becomes endless; of a line longer than the limit only the beginning is passed on. Blank lines are
// left out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace gpulaunch {

class LineFeed {
 public:
  static constexpr std::size_t longest_line = 64UL * 1024;

  // Calls `take(std::string_view line)` for each line that ends within `bytes`.
  template <class Take>
  void feed(std::string_view bytes, Take&& take) {
    std::size_t at = 0;
    for (auto newline = bytes.find('\n'), overwrite = bytes.find('\r');;) {
      const auto end = std::min(newline, overwrite);
      const auto piece = bytes.substr(at, end == std::string_view::npos ? end : end - at);
      if (end == std::string_view::npos) return hold(piece);
      if (held_.empty()) {
        pass(piece.substr(0, longest_line), take);
      } else {
        hold(piece);
        finish(take);
      }
      at = end + 1;
      (end == newline ? newline : overwrite) = bytes.find(bytes[end], at);
    }
  }

  // The log has ended: its unfinished last line.
  template <class Take>
  void finish(Take&& take) {
    pass(held_, take);
    held_.clear();
  }

 private:
  template <class Take>
  static void pass(std::string_view line, Take&& take) {
    if (line.find_first_not_of(" \t") != std::string_view::npos) take(line);
  }
  void hold(std::string_view piece) { held_ += piece.substr(0, longest_line - held_.size()); }

  std::string held_;
};

}  // namespace gpulaunch
