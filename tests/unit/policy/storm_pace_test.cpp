// How often the family of a job is looked at.
#include "gpulaunch/policy/storm_pace.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

Mono at(Nanos time) { return Mono(time); }

StormPace looked_once(StormPace::Count count, Nanos cost) {
  StormPace pace(StormPace::Count{1, 1});
  pace.looked(count, at(10s), cost);
  return pace;
}

}  // namespace

TEST_CASE("while nothing is started nobody looks") {
  const StormPace pace(StormPace::Count{500, 4000});
  CHECK_FALSE(pace.is_due(StormPace::Count{500, 4000}, at(1s)));
  CHECK_FALSE(pace.is_due(StormPace::Count{503, 4003}, at(1h)));
  CHECK(pace.is_due(StormPace::Count{504, 4004}, at(1s)));
}

TEST_CASE("process numbers that begin anew are no rest") {
  CHECK(StormPace(StormPace::Count{500, 32700}).is_due(StormPace::Count{500, 310}, at(1s)));
}

TEST_CASE("after a look there is a rest that keeps within the budget") {
  const auto cheap = looked_once({500, 4000}, 10us);
  CHECK_FALSE(cheap.is_due(StormPace::Count{500, 9000}, at(10s + 89ms)));
  CHECK(cheap.is_due(StormPace::Count{500, 9000}, at(10s + 90ms)));
  const auto dear = looked_once({500, 4000}, 5ms);
  CHECK_FALSE(dear.is_due(StormPace::Count{500, 9000}, at(10s + 499ms)));
  CHECK(dear.is_due(StormPace::Count{500, 9000}, at(10s + 500ms)));
}

TEST_CASE("for a moment after a start looks go on, so that a child is seen alive and then dead") {
  auto pace = looked_once({500, 4000}, 10us);
  CHECK(pace.is_due(StormPace::Count{500, 4000}, at(10s + 90ms)));
  pace.looked(StormPace::Count{500, 4000}, at(10s + 990ms), 10us);
  CHECK_FALSE(pace.is_due(StormPace::Count{500, 4003}, at(12s)));
  CHECK(pace.is_due(StormPace::Count{500, 4004}, at(12s)));
}

TEST_CASE("when the number of tasks jumps up the rest is short") {
  const auto pace = looked_once({500, 4000}, 5ms);
  CHECK_FALSE(pace.is_due(StormPace::Count{563, 4063}, at(10s + 100ms)));
  CHECK(pace.is_due(StormPace::Count{564, 4064}, at(10s + 50ms)));
  CHECK_FALSE(pace.is_due(StormPace::Count{564, 4064}, at(10s + 49ms)));
}

TEST_CASE("where nobody counts, looks are taken at the usual pace") {
  StormPace pace(std::nullopt);
  CHECK(pace.is_due(std::nullopt, at(1ms)));
  pace.looked(std::nullopt, at(10s), 10us);
  CHECK_FALSE(pace.is_due(std::nullopt, at(10s + 89ms)));
  CHECK(pace.is_due(std::nullopt, at(10s + 90ms)));
}
