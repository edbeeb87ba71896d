#include "gpulaunch/run/heartbeats.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

using namespace gpulaunch;

namespace {

struct Beater {
  Beater(Heartbeats& beats, int rank) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    end.reset(ends[1]);
    REQUIRE(beats.add(rank, Fd(ends[0])));
  }
  void beat(int times = 1) const {
    while (times-- > 0) static_cast<void>(::write(end.get(), "", 1) == 1);
  }
  Fd end;
};

}  // namespace

TEST_CASE("ranks that have beaten are told once, however often they beat") {
  auto beats = Heartbeats::create();
  REQUIRE(beats);
  beats->begin_attempt(3);
  const Beater first(*beats, 0);
  const Beater third(*beats, 2);
  CHECK(beats->take().empty());
  third.beat(5);
  CHECK(beats->take() == std::vector<int>{2});
  CHECK(beats->take().empty());
}

TEST_CASE("a rank that is gone beats no more, and what it had beaten counts") {
  auto beats = Heartbeats::create();
  REQUIRE(beats);
  beats->begin_attempt(1);
  {
    const Beater only(*beats, 0);
    only.beat();
  }
  CHECK(beats->take() == std::vector<int>{0});
  CHECK(beats->take().empty());
  CHECK(beats->take().empty());
}

TEST_CASE("a new attempt hears nothing of the one before") {
  auto beats = Heartbeats::create();
  REQUIRE(beats);
  beats->begin_attempt(1);
  const Beater before(*beats, 0);
  before.beat();
  beats->begin_attempt(1);
  CHECK(beats->take().empty());
}
