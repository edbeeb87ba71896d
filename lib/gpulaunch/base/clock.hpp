// Times. Deadlines and differences use Mono (CLOCK_MONOTONIC, immune to clock jumps); what users read uses Wall.
// Pure code never asks for the time: it gets it as a field of an event.
#pragma once

#include <chrono>
#include <string>

namespace gpulaunch {

using Nanos = std::chrono::nanoseconds;
using Mono = std::chrono::time_point<std::chrono::steady_clock, Nanos>;
using Wall = std::chrono::time_point<std::chrono::system_clock, Nanos>;

struct Instant {
  Mono mono;
  Wall wall;
};

[[nodiscard]] Instant now();
[[nodiscard]] Mono mono_now();
// What our own thread has used: on a busy machine something may take long and still cost little.
[[nodiscard]] Nanos processor_time();

// "2026-11-22T14:03:07.123456Z"
[[nodiscard]] std::string iso8601(Wall time);

// "250ms", "1.5s", "2m", "1h30m": the shortest text that the duration parser reads back as the same value (to 1 ms).
[[nodiscard]] std::string format_duration(Nanos duration);

}  // namespace gpulaunch
