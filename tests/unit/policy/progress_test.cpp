#include "catch.hpp"
#include "gpulaunch/policy/progress_watch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

Mono watch_time(int ms) { return Mono(std::chrono::milliseconds(ms)); }

ProgressMatch matching(const std::string& pattern) {
  ProgressMatch match(pattern);
  match.begin_attempt(2);
  return match;
}

ProgressWatch watching(const std::string& pattern) {
  ProgressWatch watch({.hang_timeout = 10s, .pattern = pattern});
  watch.begin_attempt(2);
  watch.clock().rank_started(watch_time(0));
  return watch;
}

}  // namespace

TEST_CASE("a match with another text is progress, and the same text again is none") {
  auto match = matching("step \\d+");
  CHECK(match.feed(0, 0, "step 1\n"));
  CHECK_FALSE(match.feed(0, 0, "step 1\n"));
  CHECK_FALSE(match.feed(0, 0, "waiting\n"));
  CHECK(match.feed(0, 0, "at step 2 of 9\n"));
}

TEST_CASE("of a pattern with groups the groups decide") {
  auto match = matching("(\\w+) (\\d+), \\d+ ms");
  CHECK(match.feed(0, 0, "step 1, 20 ms\n"));
  CHECK_FALSE(match.feed(0, 0, "step 1, 30 ms\n"));
  CHECK(match.feed(0, 0, "epoch 1, 30 ms\n"));
}

TEST_CASE("each rank is compared with itself, over both of its streams") {
  auto match = matching("step \\d+");
  CHECK(match.feed(0, 0, "step 1\n"));
  CHECK(match.feed(1, 0, "step 1\n"));
  CHECK_FALSE(match.feed(0, 1, "step 1\n"));
}

TEST_CASE("a line may come in pieces, and updates of a progress bar are lines") {
  auto match = matching("(\\d+)%");
  CHECK_FALSE(match.feed(0, 0, "1"));
  CHECK_FALSE(match.feed(0, 0, "0%"));
  CHECK(match.feed(0, 0, "\r"));
  CHECK(match.feed(0, 0, "10%\r 11%\r"));
  CHECK_FALSE(match.feed(0, 0, "11%\n"));
}

TEST_CASE("the beginning of a line without end is looked at once") {
  auto match = matching("step (\\d+)");
  CHECK_FALSE(match.feed(0, 0, "step 1" + std::string(3000, '.')));
  CHECK(match.feed(0, 0, std::string(3000, '.')));
  CHECK_FALSE(match.feed(0, 0, "step 2" + std::string(9000, '.')));
  CHECK_FALSE(match.feed(0, 0, "step 2\n"));
  CHECK(match.feed(0, 0, "step 2\n"));
}

TEST_CASE("a match of nothing is no match") { CHECK_FALSE(matching("\\d*").feed(0, 0, "no number\n")); }

TEST_CASE("without a pattern all output is progress, and with one the matches are") {
  auto all = watching("");
  all.on_output(0, 0, "x", watch_time(1000));
  CHECK(all.clock().due() == watch_time(11'000));

  auto some = watching("step \\d+");
  some.on_output(0, 0, "step 1\n", watch_time(1000));
  some.on_output(0, 0, "step 1\n", watch_time(2000));
  CHECK(some.clock().due() == watch_time(11'000));
  CHECK(some.clock().silences(watch_time(3000))[0] == RankSilence{1s, 2s});
}

TEST_CASE("a beat is progress with a pattern too") {
  auto watch = watching("step \\d+");
  watch.on_beat(1, watch_time(3000));
  CHECK(watch.clock().due() == watch_time(13'000));
}

TEST_CASE("nobody can say whether an attempt got anywhere without a pattern and beats") {
  auto watch = watching("");
  watch.on_output(0, 0, "x\n", watch_time(1));
  CHECK_FALSE(watch.progressed());
}

TEST_CASE("an attempt that ends where the last one ended got nowhere") {
  auto watch = watching("step (\\d+)");
  CHECK(watch.progressed() == false);
  watch.on_output(0, 0, "step 1\nstep 2\n", watch_time(1));
  CHECK(watch.progressed() == true);

  watch.begin_attempt(2);
  watch.on_output(0, 0, "step 1\nstep 2\n", watch_time(1));
  CHECK(watch.progressed() == false);
  watch.on_output(0, 0, "step 3\n", watch_time(1));
  CHECK(watch.progressed() == true);

  watch.begin_attempt(2);
  CHECK(watch.progressed() == false);
  watch.begin_attempt(2);
  watch.on_output(0, 0, "step 3\n", watch_time(1));
  CHECK(watch.progressed() == false);
}

TEST_CASE("where ranks have ever beaten, an attempt without a beat got nowhere") {
  auto watch = watching("");
  watch.on_beat(0, watch_time(1));
  CHECK(watch.progressed() == true);
  watch.begin_attempt(2);
  CHECK(watch.progressed() == false);
}
