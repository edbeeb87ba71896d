#include "gpulaunch/run/input_copy.hpp"

#include "catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>

using namespace gpulaunch;

namespace {

struct InputPipe {
  explicit InputPipe(int flags = 0) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | flags) == 0);
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
  Fd reader;
  Fd writer;
};

std::string take(const InputPipe& pipe) {
  std::string text(1 << 20, '\0');
  const ssize_t size = ::read(pipe.reader.get(), text.data(), text.size());
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

}  // namespace

TEST_CASE("every rank gets the same bytes, and end of file when the input ends") {
  InputPipe source;
  InputPipe first(O_NONBLOCK);
  InputPipe second(O_NONBLOCK);
  InputCopy copy(source.reader.get());
  copy.add(std::move(first.writer));
  copy.add(std::move(second.writer));
  REQUIRE(::write(source.writer.get(), "hello\n", 6) == 6);
  copy.pump(true);
  CHECK(take(first) == "hello\n");
  CHECK(take(second) == "hello\n");
  source.writer.reset();
  copy.pump(true);
  CHECK(copy.finished());
  CHECK(take(first).empty());
  CHECK(take(second).empty());
}

TEST_CASE("a rank that does not read holds the input back, and nothing is lost") {
  InputPipe source;
  InputPipe slow(O_NONBLOCK);
  REQUIRE(::fcntl(slow.writer.get(), F_SETPIPE_SZ, 4096) >= 0);
  InputCopy copy(source.reader.get());
  copy.add(std::move(slow.writer));
  const std::string text(10'000, 'x');
  REQUIRE(::write(source.writer.get(), text.data(), text.size()) == ssize_t(text.size()));
  copy.pump(true);
  CHECK_FALSE(copy.wants_source());
  CHECK(copy.blocked_fds().size() == 1);
  std::string got;
  while (got.size() < text.size()) {
    got += take(slow);
    copy.pump(false);
  }
  CHECK(got == text);
  CHECK(copy.wants_source());
}

TEST_CASE("when no rank reads any more the copy is over") {
  std::signal(SIGPIPE, SIG_IGN);
  InputPipe source;
  InputPipe rank(O_NONBLOCK);
  InputCopy copy(source.reader.get());
  copy.add(std::move(rank.writer));
  rank.reader.reset();
  REQUIRE(::write(source.writer.get(), "x", 1) == 1);
  copy.pump(true);
  CHECK(copy.finished());
}
