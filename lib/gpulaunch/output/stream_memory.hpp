// What is remembered of one stream for the report and the diagnosis: its beginning, the lines that look like errors,
// and its end. Bounded; while the job is healthy it costs a copy of at most 64 KiB per chunk and a look for errors.
#pragma once

#include "gpulaunch/output/error_lines.hpp"
#include "gpulaunch/output/tail_buffer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// One line that was kept, as a terminal would leave it: without its end, and of a progress bar only the last update.
struct RememberedLine {
  std::string text;
  std::optional<Mono> at;  // known of lines that look like errors
};

class StreamMemory {
 public:
  static constexpr std::size_t max_head = 16UL * 1024;

  // Only the end is remembered where nobody will ask for more.
  void append_tail(std::string_view bytes) { tail_.append(bytes); }
  void append(std::string_view bytes, Mono now, ScanAllowance& allowance);

  [[nodiscard]] std::vector<std::string> tail(std::size_t count) const { return tail_.lines(count); }
  // Oldest first, each line once.
  [[nodiscard]] std::vector<RememberedLine> lines() const;

 private:
  std::string head_;
  ErrorLines errors_;
  TailBuffer tail_;
  std::uint64_t bytes_ = 0;
};

}  // namespace gpulaunch
