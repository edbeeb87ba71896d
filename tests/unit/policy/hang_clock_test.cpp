#include "gpulaunch/policy/hang_clock.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

Mono clock_time(int ms) { return Mono(std::chrono::milliseconds(ms)); }

// Two ranks, the first of which was started after a second; a limit of ten seconds.
HangClock running_clock() {
  HangClock clock(10s);
  clock.begin_attempt(2);
  clock.rank_started(clock_time(1000));
  return clock;
}

}  // namespace

TEST_CASE("a hang clock stands still before the first rank is started and while ranks are ended") {
  HangClock clock(10s);
  clock.begin_attempt(2);
  CHECK_FALSE(clock.due());
  clock.rank_started(clock_time(1000));
  CHECK(clock.due() == clock_time(11'000));
  clock.stop();
  CHECK_FALSE(clock.due());
  clock.progress(0, clock_time(12'000));
  CHECK_FALSE(clock.due());
}

TEST_CASE("the starts of further ranks are no progress") {
  auto clock = running_clock();
  clock.rank_started(clock_time(5000));
  CHECK(clock.due() == clock_time(11'000));
}

TEST_CASE("progress of any rank moves the moment of the hang, and output alone does not") {
  auto clock = running_clock();
  clock.progress(1, clock_time(4000));
  CHECK(clock.due() == clock_time(14'000));
  clock.output(0, clock_time(6000));
  CHECK(clock.due() == clock_time(14'000));
  CHECK(clock.silent(clock_time(9000)) == 5s);
}

TEST_CASE("ages are kept for each rank, and none where nothing came") {
  auto clock = running_clock();
  clock.output(0, clock_time(3000));
  clock.progress(0, clock_time(2000));
  const auto silences = clock.silences(clock_time(10'000));
  REQUIRE(silences.size() == 2);
  CHECK(silences[0] == RankSilence{7s, 8s});
  CHECK(silences[1] == RankSilence{});
}

TEST_CASE("time in which the job was suspended does not count") {
  auto clock = running_clock();
  clock.output(0, clock_time(2000));
  clock.progress(0, clock_time(2000));
  clock.shift(60s, clock_time(63'000));
  CHECK(clock.due() == clock_time(72'000));
  CHECK(clock.silences(clock_time(63'000))[0] == RankSilence{1s, 1s});
}

TEST_CASE("what came while the job was suspended is not later than its end") {
  auto clock = running_clock();
  clock.progress(0, clock_time(50'000));
  clock.shift(60s, clock_time(61'000));
  CHECK(clock.due() == clock_time(71'000));
}

TEST_CASE("ranks that were held up get the whole time again, and it is nobody's progress") {
  auto clock = running_clock();
  clock.excuse(clock_time(10'500));
  CHECK(clock.due() == clock_time(20'500));
  CHECK_FALSE(clock.silences(clock_time(11'000))[0].progress);
}

TEST_CASE("progress after a moment is told from progress before") {
  auto clock = running_clock();
  clock.progress(0, clock_time(5000));
  CHECK(clock.moved_after(clock_time(4999)));
  CHECK_FALSE(clock.moved_after(clock_time(5000)));
}

TEST_CASE("a new attempt begins with nothing known") {
  auto clock = running_clock();
  clock.progress(0, clock_time(5000));
  clock.begin_attempt(1);
  CHECK_FALSE(clock.due());
  CHECK(clock.silences(clock_time(6000)) == std::vector<RankSilence>{RankSilence{}});
}

TEST_CASE("without a limit nothing is a hang and ages are kept") {
  HangClock clock(std::nullopt);
  clock.begin_attempt(1);
  clock.rank_started(clock_time(0));
  clock.output(0, clock_time(100));
  CHECK_FALSE(clock.due());
  CHECK(clock.silences(clock_time(1100))[0].output == 1s);
}
