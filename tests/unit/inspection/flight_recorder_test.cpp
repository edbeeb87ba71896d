#include "gpulaunch/inspection/flight_recorder.hpp"

#include "catch.hpp"
#include "gpulaunch/base/fd.hpp"
#include "scratch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace gpulaunch::testing {
namespace {

TEST_CASE("a rank that listens gets its word, and the note says where the dump goes") {
  const harness::ScratchDir folder;
  const auto path = folder.file("0.pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto notes = ask_flight_recorders({{.rank = 0, .flight_recorder = path}, {.rank = 1}});
  std::array<char, 8> heard{};
  CHECK(::read(reader.get(), heard.data(), heard.size()) == 1);
  CHECK(heard[0] == '1');
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("rank 0") && Catch::Contains("TORCH_NCCL_DEBUG_INFO_TEMP_FILE"));
}

TEST_CASE("a pipe that nobody reads, or that is not there, is noted and not waited for") {
  const harness::ScratchDir folder;
  const auto path = folder.file("0.pipe");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const auto notes = ask_flight_recorders(
      {{.rank = 0, .flight_recorder = path}, {.rank = 1, .flight_recorder = folder.file("1.pipe")}});
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("ranks 0-1"));
}

TEST_CASE("a file in the place of the pipe is not written to") {
  const harness::ScratchDir folder;
  harness::write_file(folder.file("0.pipe"), "mine");
  CHECK(ask_flight_recorders({{.rank = 0, .flight_recorder = folder.file("0.pipe")}}).size() == 1);
  CHECK(harness::read_file(folder.file("0.pipe")) == "mine");
}

TEST_CASE("where no rank has a flight recorder nothing is noted") {
  CHECK(ask_flight_recorders({{.rank = 0}, {.rank = 1}}).empty());
}

}  // namespace
}  // namespace gpulaunch::testing
