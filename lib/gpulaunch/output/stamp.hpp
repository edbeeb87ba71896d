// The time of day as labels show it, in local time to the millisecond: "2026-11-22T14:03:07.123", of which the console
// shows the part behind the "T". The second is formatted once, not once per line. Pure.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

namespace gpulaunch {

class Stamp {
 public:
  static constexpr std::size_t full_size = 23;
  static constexpr std::size_t time_size = 12;

  // Valid until the next call.
  [[nodiscard]] std::string_view full(Wall time);
  [[nodiscard]] std::string_view time_of_day(Wall time) { return full(time).substr(full_size - time_size); }

 private:
  std::time_t second_ = -1;
  std::string text_ = std::string(full_size, '0');
};

}  // namespace gpulaunch
