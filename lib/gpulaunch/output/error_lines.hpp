// The lines of one stream that look like errors, with a few lines that follow each: the first ones and the latest ones.
// The cause of a failure often stands long before the noisy end that the tail keeps. While the job is healthy a line
// costs one pass over its bytes for the words of base/error_words, and of a flood only as much is read as the allowance
// of the whole job permits, so that no rank can make the launcher slow. Memory is bounded whatever is printed.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// How many bytes may be read for errors: 1 MiB in any 100 ms, in all streams of a job together.
class ScanAllowance {
 public:
  static constexpr std::size_t bytes_per_window = 1024UL * 1024;
  static constexpr Nanos window = std::chrono::milliseconds(100);

  // How many of `wanted` bytes may be read now; they count as read.
  [[nodiscard]] std::size_t take(std::size_t wanted, Mono now);

 private:
  Mono window_began_{};
  std::size_t left_ = 0;
};

struct KeptLine {
  std::string text;
  std::uint64_t place = 0;  // of its first byte in the stream
  Mono at{};                // when its end was read
};

class ErrorLines {
 public:
  static constexpr std::size_t max_first = 200;
  static constexpr std::size_t max_latest = 200;
  static constexpr std::size_t max_line = 1024;  // bytes of one line that are kept
  static constexpr int following_lines = 12;     // of what a traceback says after its first line

  // The next bytes of the stream.
  void read(std::string_view bytes, Mono now, ScanAllowance& allowance);
  // Oldest first; the unfinished line is not among them.
  [[nodiscard]] std::vector<KeptLine> lines() const;

 private:
  void skip(std::string_view bytes);
  void end_line(std::string_view line, Mono now);

  std::vector<KeptLine> first_;
  std::deque<KeptLine> latest_;
  std::string unfinished_;
  std::uint64_t line_place_ = 0;  // of the line that is being read
  std::uint64_t place_ = 0;       // of the next byte
  int following_ = 0;
};

}  // namespace gpulaunch
