#include "gpulaunch/base/clock.hpp"

#include <fmt/format.h>

#include <ctime>

namespace gpulaunch {

Instant now() { return {mono_now(), std::chrono::system_clock::now()}; }

Mono mono_now() { return std::chrono::steady_clock::now(); }

Nanos processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + Nanos(time.tv_nsec);
}

std::string iso8601(Wall time) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since_epoch - seconds).count();
  const std::time_t clock_seconds = seconds.count();
  std::tm utc{};
  ::gmtime_r(&clock_seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, micros);
}

std::string format_duration(Nanos duration) {
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (ms < 1000) return fmt::format("{}ms", ms);
  if (ms < 60'000) return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{:g}s", double(ms) / 1000.0);
  std::string text;
  if (ms >= 3'600'000) text += fmt::format("{}h", ms / 3'600'000);
  ms %= 3'600'000;
  if (ms >= 60'000) text += fmt::format("{}m", ms / 60'000);
  ms %= 60'000;
  if (ms > 0) text += ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{:g}s", double(ms) / 1000.0);
  return text;
}

}  // namespace gpulaunch
