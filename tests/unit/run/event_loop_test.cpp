#include "gpulaunch/run/event_loop.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

using namespace gpulaunch;

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
  Fd reader;
  Fd writer;
};

}  // namespace

TEST_CASE("what is ready comes back with its source and index") {
  auto epoll = Epoll::create();
  REQUIRE(epoll);
  Pipe pipe;
  REQUIRE(epoll->watch(pipe.reader.get(), Interest::read, {Source::rank_exit, 1023}));
  std::vector<Token> ready;
  epoll->collect(ready, false);
  CHECK(ready.empty());
  REQUIRE(::write(pipe.writer.get(), "x", 1) == 1);
  epoll->collect(ready, true);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].source == Source::rank_exit);
  CHECK(ready[0].index == 1023);
  epoll->forget(pipe.reader.get());
  ready.clear();
  epoll->collect(ready, false);
  CHECK(ready.empty());
}

TEST_CASE("a file cannot be watched, and that is an error") {
  auto epoll = Epoll::create();
  REQUIRE(epoll);
  const Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  CHECK_FALSE(epoll->watch(file.get(), Interest::read, {Source::input, 0}));
}

TEST_CASE("the alarm rings for a deadline that has passed already") {
  auto epoll = Epoll::create();
  auto alarm = Alarm::create();
  REQUIRE(epoll);
  REQUIRE(alarm);
  REQUIRE(epoll->watch(alarm->fd(), Interest::read, {Source::timer, 0}));
  alarm->arm(Mono{});
  std::vector<Token> ready;
  epoll->collect(ready, true);
  REQUIRE(ready.size() == 1);
  CHECK(ready[0].source == Source::timer);
  alarm->acknowledge();
  ready.clear();
  epoll->collect(ready, false);
  CHECK(ready.empty());
}
