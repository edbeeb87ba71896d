#include "gpulaunch/output/outlet.hpp"

#include "support.hpp"

#include <sys/socket.h>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

// As a slow reader would: takes a little, then lets the outlet write again, until everything has come.
std::string read_slowly(int from, Outlet& outlet) {
  std::string all;
  for (std::string piece; !(piece = read_available(from, 10'000)).empty();) {
    all += piece;
    outlet.drain();
  }
  return all;
}

std::string numbered(std::size_t size) {
  std::string text;
  for (int number = 0; text.size() < size; ++number) text += std::to_string(number) + "\n";
  return text;
}

void check_nothing_lost(Outlet& outlet, int reader) {
  const std::string text = numbered(2'000'000);
  outlet.queue().append(text);
  outlet.drain_when_full();
  CHECK(outlet.blocked());
  CHECK(outlet.congested());
  CHECK(read_slowly(reader, outlet) == text);
  CHECK(outlet.drained());
  CHECK_FALSE(outlet.blocked());
  CHECK_FALSE(outlet.congested());
}

}  // namespace

TEST_CASE("a slow pipe makes the outlet congested, never blocks it and loses nothing") {
  const Pipe pipe = make_pipe();
  Outlet outlet(Sink::over(pipe.write.get()));
  CHECK(outlet.fd() != pipe.write.get());
  check_nothing_lost(outlet, pipe.read.get());
  CHECK((::fcntl(pipe.write.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a pipe that cannot be opened again is polled and loses nothing") {
  const Pipe pipe = make_pipe();
  Outlet outlet(Sink::polling(pipe.write.get()));
  CHECK(outlet.fd() == pipe.write.get());
  check_nothing_lost(outlet, pipe.read.get());
}

TEST_CASE("a slow socket blocks nobody and loses nothing") {
  int ends[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd ours(ends[0]);
  const Fd theirs(ends[1]);
  REQUIRE(::fcntl(theirs.get(), F_SETFL, O_NONBLOCK) == 0);
  Outlet outlet(Sink::over(ours.get()));
  check_nothing_lost(outlet, theirs.get());
  CHECK((::fcntl(ours.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("congestion begins at one mebibyte and ends below a quarter of that") {
  const Pipe pipe = make_pipe();
  Outlet outlet(Sink::over(pipe.write.get()));
  outlet.queue().append(std::string(Outlet::high_water, 'x'));
  outlet.drain();
  CHECK_FALSE(outlet.congested());
  outlet.queue().append(std::string(Outlet::high_water - outlet.queue().size(), 'x'));
  outlet.drain_when_full();
  CHECK(outlet.congested());
  while (outlet.queue().size() >= Outlet::low_water) {
    CHECK(outlet.congested());
    (void)read_available(pipe.read.get());
    outlet.drain();
  }
  CHECK_FALSE(outlet.congested());
}

TEST_CASE("an outlet whose reader has died is given up and says so once") {
  const bool polled = GENERATE(false, true);
  Pipe pipe = make_pipe();
  Outlet outlet(polled ? Sink::polling(pipe.write.get()) : Sink::over(pipe.write.get()));
  pipe.read.reset();
  outlet.queue().append("lost\n");
  outlet.drain();
  CHECK_FALSE(outlet.alive());
  CHECK(outlet.drained());
  CHECK(outlet.take_failure() == EPIPE);
  CHECK_FALSE(outlet.take_failure());
}

TEST_CASE("an outlet over a pipe without a reader, or over a closed descriptor, is lost at its first bytes") {
  Pipe pipe = make_pipe();
  pipe.read.reset();
  Outlet unread(Sink::over(pipe.write.get()));
  unread.queue().append("x");
  unread.drain();
  CHECK(unread.take_failure() == EPIPE);

  const int number = pipe.write.get();
  pipe.write.reset();
  Outlet closed(Sink::over(number));
  closed.queue().append("x");
  closed.drain();
  CHECK(closed.take_failure() == EBADF);
}

TEST_CASE("a full disk is a failure, not a wait") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  REQUIRE(full);
  Outlet outlet(Sink::over(full.get()));
  outlet.queue().append("x");
  outlet.drain();
  CHECK(outlet.take_failure() == ENOSPC);
}
