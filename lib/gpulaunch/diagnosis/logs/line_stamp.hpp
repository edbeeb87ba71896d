// Times that stand before a line of a saved log, whoever put them there: containers and --timestamps (ISO 8601), log
// modules ("[2026-04-22 21:34:20]"), the system log ("Apr 22 21:34:20 node01 train[123]: "), mpirun ("Wed Apr 22
// 21:34:20 2026"), a time of day alone. The reader of logs takes them off and orders lines by them.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace gpulaunch {

struct LineStamp {
  // Dated times count from the epoch (one without a year from the beginning of its year), others from midnight: times
  // of different kinds cannot be compared.
  enum class Kind { full, without_year, time_of_day };
  Kind kind = Kind::full;
  Nanos at{};
  std::size_t length = 0;  // bytes to take off, with what separates the time from the line
};

class StampReader {
 public:
  StampReader();
  StampReader(StampReader&&) noexcept;
  StampReader& operator=(StampReader&&) noexcept;
  StampReader(const StampReader&) = delete;  // holds compiled patterns
  StampReader& operator=(const StampReader&) = delete;
  ~StampReader();

  // The time that `line` begins with.
  [[nodiscard]] std::optional<LineStamp> read(std::string_view line) const;
  // "2026-04-22_21:34:20", "2026-04-22T21:34:20.123Z": a time that fills the text.
  [[nodiscard]] std::optional<LineStamp> read_whole(std::string_view text) const;

 private:
  struct Patterns;
  std::unique_ptr<Patterns> patterns_;
};

}  // namespace gpulaunch
