#include "gpulaunch/output/pty.hpp"

#include "support.hpp"

#include <poll.h>
#include <sys/ioctl.h>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

winsize size_of(int fd) {
  winsize size{};
  REQUIRE(::ioctl(fd, TIOCGWINSZ, &size) == 0);
  return size;
}

}  // namespace

TEST_CASE("a pty passes bytes as they are, echoes nothing and is 80 by 24") {
  const auto pty = open_pty(-1);
  REQUIRE(pty);
  CHECK(::isatty(pty->worker.get()) == 1);
  CHECK(size_of(pty->worker.get()).ws_col == 80);
  CHECK(size_of(pty->worker.get()).ws_row == 24);
  const std::string text = "one\n\r 50%\xff\ttwo\n";
  REQUIRE(::write(pty->worker.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  CHECK(read_available(pty->master.get()) == text);
  REQUIRE(::write(pty->master.get(), "typed\n", 6) == 6);
  CHECK(read_available(pty->master.get()).empty());
  CHECK(read_available(pty->worker.get(), 6) == "typed\n");
}

TEST_CASE("both ends are close-on-exec, and the master never blocks") {
  const auto pty = open_pty(-1);
  REQUIRE(pty);
  CHECK((::fcntl(pty->master.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pty->worker.get(), F_GETFD) & FD_CLOEXEC) != 0);
  char byte = 0;
  CHECK(::read(pty->master.get(), &byte, 1) == -1);
  CHECK(errno == EAGAIN);
}

TEST_CASE("the window size is copied, and an unknown one is not") {
  const auto like = open_pty(-1);
  REQUIRE(like);
  winsize wide{.ws_row = 50, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
  REQUIRE(::ioctl(like->master.get(), TIOCSWINSZ, &wide) == 0);
  const auto pty = open_pty(like->worker.get());
  REQUIRE(pty);
  CHECK(size_of(pty->worker.get()).ws_col == 132);

  wide = {};
  REQUIRE(::ioctl(like->master.get(), TIOCSWINSZ, &wide) == 0);
  copy_window_size(like->worker.get(), pty->master.get());
  CHECK(size_of(pty->worker.get()).ws_row == 50);
}

TEST_CASE("what was written before the last worker end closed can still be read, then comes EIO") {
  auto pty = open_pty(-1);
  REQUIRE(pty);
  REQUIRE(::write(pty->worker.get(), "last words", 10) == 10);
  pty->worker.reset();
  CHECK(read_available(pty->master.get(), 10) == "last words");
  char byte = 0;
  CHECK(::read(pty->master.get(), &byte, 1) == -1);
  CHECK(errno == EIO);
}
