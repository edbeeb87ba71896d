// What is kept of a stream of lines of any length: the beginning, the end, and in between the lines that look like
// errors, with what stands around them. Memory is bounded by the limits, whatever comes. The reader of saved logs has
// one for everybody who writes.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct KeptLimits {
  std::size_t head = 64UL * 1024;    // bytes of the beginning
  std::size_t errors = 64UL * 1024;  // bytes of error lines and their surroundings
  std::size_t tail = 64UL * 1024;    // bytes of the end
  std::size_t error_lines = 256;
  std::size_t line = 4UL * 1024;  // of a longer line, beginning and end are kept
};

// A line and its place in the order in which all lines were read.
struct NumberedLine {
  std::uint64_t number = 0;
  CaseLine line;
};

class KeptLines {
 public:
  explicit KeptLines(const KeptLimits& limits = {}) : limits_(limits) {}

  void add(std::uint64_t number, std::string_view text, std::optional<Nanos> at);
  // Oldest first.
  [[nodiscard]] std::vector<NumberedLine> take() &&;
  [[nodiscard]] std::size_t bytes() const { return head_bytes_ + error_bytes_ + tail_bytes_; }

 private:
  struct Waiting {
    NumberedLine line;
    bool kept = false;  // is an error, or stands near one
  };
  void add_to_tail(NumberedLine line);
  void let_go();

  KeptLimits limits_;
  std::vector<NumberedLine> head_;  // then the errors, as they leave the tail
  std::deque<Waiting> tail_;
  std::size_t head_bytes_ = 0;
  std::size_t error_bytes_ = 0;
  std::size_t error_count_ = 0;
  std::size_t tail_bytes_ = 0;
  std::size_t context_left_ = 0;  // lines after the last error that are still kept
};

}  // namespace gpulaunch
