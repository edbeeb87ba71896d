// The last bytes of one stream, for the report. While the job is healthy it costs one copy of at most 64 KiB per chunk;
// lines are looked for only when somebody asks.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

class TailBuffer {
 public:
  static constexpr std::size_t max_bytes = 64UL * 1024;
  static constexpr std::size_t max_lines = 1000;

  void append(std::string_view bytes);
  // The last `count` lines at most, oldest first, as a terminal would leave them: without "\n", and of a progress bar
  // only the last update. A line of which the beginning is no longer kept is left out, unless it is the only one.
  [[nodiscard]] std::vector<std::string> lines(std::size_t count) const;
  // Valid until the next append().
  [[nodiscard]] std::string_view kept() const;

 private:
  std::string bytes_;
  bool cut_ = false;  // earlier bytes were dropped
};

}  // namespace gpulaunch
