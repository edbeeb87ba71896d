// Progress bars: text that returns to the start of its line with "\r" and overwrites itself. Only the text behind the
// last "\r" is what a terminal shows; a "\r" at the very end belongs to a line end ("\r\n") or to an update that has
// not come yet. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace gpulaunch {

[[nodiscard]] inline bool is_progress(std::string_view line) { return line.find('\r') != std::string_view::npos; }

// `line` without a "\r" at its end.
[[nodiscard]] inline std::string_view without_final_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Where the last update of `line` begins.
[[nodiscard]] inline std::size_t update_start(std::string_view line) {
  const std::size_t last = without_final_return(line).rfind('\r');
  return last == std::string_view::npos ? 0 : last + 1;
}

[[nodiscard]] inline std::string_view latest_update(std::string_view line) {
  return without_final_return(line).substr(update_start(line));
}

}  // namespace gpulaunch
