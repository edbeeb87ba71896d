#include "gpulaunch/base/clock.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

TEST_CASE("durations are written the way the command line takes them") {
  CHECK(format_duration(0ms) == "0ms");
  CHECK(format_duration(250ms) == "250ms");
  CHECK(format_duration(1500ms) == "1.5s");
  CHECK(format_duration(15s) == "15s");
  CHECK(format_duration(2min) == "2m");
  CHECK(format_duration(1h + 30min) == "1h30m");
  CHECK(format_duration(61s) == "1m1s");
}

TEST_CASE("wall times are written as ISO 8601 in UTC") {
  CHECK(iso8601(Wall(1795349148s + 120ms)) == "2026-11-22T12:05:48.120000Z");
}
