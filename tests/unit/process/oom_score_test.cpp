#include "gpulaunch/process/oom_score.hpp"

#include "catch.hpp"
#include "processes.hpp"

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;

TEST_CASE("children inherit a raised OOM score, and ours is as before afterwards") {
  const auto before = oom_score();
  REQUIRE(before);
  const auto score_of_child = [] {
    return wait_for(fork_actor([] { ::_exit(oom_score().value_or(-1000) / 10); })).exit_code();
  };
  {
    const RaisedOomScore raised(100);
    CHECK(oom_score() == std::min(*before + 100, 1000));
    CHECK(score_of_child() == std::min(*before + 100, 1000) / 10);
  }
  CHECK(oom_score() == before);
  {
    const RaisedOomScore raised(5000);
    CHECK(oom_score() == 1000);
  }
  CHECK(oom_score() == before);
}
