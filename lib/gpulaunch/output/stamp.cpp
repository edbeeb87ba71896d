#include "gpulaunch/output/stamp.hpp"

#include <fmt/format.h>

namespace gpulaunch {

std::string_view Stamp::full(Wall time) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch - seconds).count();
  if (const std::time_t second = seconds.count(); second != second_) {
    second_ = second;
    std::tm local{};
    ::localtime_r(&second, &local);
    fmt::format_to_n(text_.data(), full_size, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", local.tm_year + 1900,
                     local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
  }
  fmt::format_to_n(text_.data() + full_size - 3, 3, "{:03}", millis);
  return text_;
}

}  // namespace gpulaunch
