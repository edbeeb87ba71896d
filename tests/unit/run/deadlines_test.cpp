#include "gpulaunch/run/deadlines.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

TEST_CASE("the earliest deadline counts, whoever set it") {
  Deadlines deadlines;
  CHECK_FALSE(deadlines.earliest());
  deadlines.set(TimerId::grace, Mono(5s));
  deadlines.set(Chore::kill_again, Mono(2s));
  CHECK(deadlines.earliest() == Mono(2s));
  deadlines.cancel(Chore::kill_again);
  CHECK(deadlines.earliest() == Mono(5s));
}

TEST_CASE("a deadline is due once") {
  Deadlines deadlines;
  deadlines.set(TimerId::linger, Mono(5s));
  CHECK_FALSE(deadlines.take_due(TimerId::linger, Mono(4s)));
  CHECK(deadlines.take_due(TimerId::linger, Mono(5s)));
  CHECK_FALSE(deadlines.take_due(TimerId::linger, Mono(6s)));
}

TEST_CASE("time that was spent suspended does not count") {
  Deadlines deadlines;
  deadlines.set(TimerId::grace, Mono(5s));
  deadlines.shift(10s);
  CHECK(deadlines.earliest() == Mono(15s));
}
