#include "gpulaunch/policy/watch_pace.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

TEST_CASE("cheap looks are taken as often as is allowed") {
  WatchPace pace({.shortest = 250us, .cost_factor = 40});
  CHECK(pace.period() == 250us);
  pace.looked(5us);
  CHECK(pace.period() == 250us);
}

TEST_CASE("dear looks are taken so seldom that they keep to their share") {
  WatchPace pace({.shortest = 250us, .cost_factor = 40});
  pace.looked(20us);
  CHECK(pace.period() == 800us);
}

TEST_CASE("one dear look among cheap ones counts little, and many count") {
  WatchPace pace({.shortest = 250us, .cost_factor = 40});
  pace.looked(8us);
  pace.looked(16us);
  CHECK(pace.period() == 360us);
  for (int i = 0; i < 100; ++i) pace.looked(16us);
  CHECK(pace.period() > 600us);
}
