#include "gpulaunch/report/events.hpp"

#include "catch.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

struct Pipe {
  Fd reader;
  Fd writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

// Everything up to the end of the pipe; all writers must be closed.
std::string read_rest(int fd) {
  std::string text;
  std::array<char, 65536> chunk{};
  for (auto got = ::read(fd, chunk.data(), chunk.size()); got > 0; got = ::read(fd, chunk.data(), chunk.size()))
    text.append(chunk.data(), static_cast<std::size_t>(got));
  return text;
}

std::ptrdiff_t count_lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

std::string error_of(const std::string& target) {
  const auto writer = open_event_writer(target);
  REQUIRE_FALSE(writer);
  CHECK(writer.error().kind == ErrorKind::usage);
  return writer.error().message;
}

SimulatedJob talkative_job(int lines) {
  SimulatedJob job(1);
  job.start_all();
  for (int i = 0; i < lines; ++i) job.emit(job_event::RankOutput{{0, Stream::out}, std::string(1000, 'x')});
  return std::move(job.finishes(0).finish(0));
}

}  // namespace

TEST_CASE("events go to a file that is emptied first") {
  const TempFolder folder;
  const auto path = folder.file("events.jsonl", "old\n");
  {
    auto writer = open_event_writer(path);
    REQUIRE(writer);
    talkative_job(3).play(**writer);
  }
  const auto text = read_whole_file(path);
  CHECK(count_lines(text) == 4);  // started, rank started, rank exited, finished: output was not asked for
  CHECK(text.find("rank_output") == std::string::npos);
}

TEST_CASE("events go to a descriptor of the caller, which stays the caller's") {
  auto pipe = make_pipe();
  {
    auto writer = open_event_writer("fd:" + std::to_string(pipe.writer.get()), {.rank_output = true});
    REQUIRE(writer);
    talkative_job(3).play(**writer);
  }
  CHECK(::fcntl(pipe.writer.get(), F_GETFD) >= 0);
  pipe.writer.reset();
  CHECK(count_lines(read_rest(pipe.reader.get())) == 7);
}

TEST_CASE("a target that cannot be written is a usage error that names the flag") {
  const TempFolder folder;
  CHECK(error_of("/no/such/folder/e.jsonl") ==
        "--events /no/such/folder/e.jsonl: cannot open: No such file or directory");
  CHECK(error_of("") == "--events : cannot open: No such file or directory");
  CHECK(error_of("fd:x") == "--events fd:x: expected FILE, or fd:N with the number of an open descriptor");
  CHECK(error_of("fd:-1") == "--events fd:-1: expected FILE, or fd:N with the number of an open descriptor");
  CHECK(error_of("fd:987654") == "--events fd:987654: descriptor 987654 is not open");
  const Fd read_only(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto number = std::to_string(read_only.get());
  CHECK(error_of("fd:" + number) == "--events fd:" + number + ": descriptor " + number + " is not open for writing");
  REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
  CHECK(error_of(folder.path("fifo")) == "--events " + folder.path("fifo") + ": nobody reads this fifo");
}

TEST_CASE("a reader that has gone is reported once, and the job is not disturbed") {
  REQUIRE(::signal(SIGPIPE, SIG_IGN) != SIG_ERR);
  auto pipe = make_pipe();
  std::vector<std::string> complaints;
  EventWriter writer(std::move(pipe.writer), "fd:9",
                     {.rank_output = true, .complain = [&](std::string_view line) { complaints.emplace_back(line); }});
  pipe.reader.reset();
  talkative_job(10).play(writer);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints.front() == "gpulaunch: --events fd:9: Broken pipe; no further events are written");
}

TEST_CASE("a full disk is reported once") {
  std::vector<std::string> complaints;
  auto writer =
      open_event_writer("/dev/full", {.complain = [&](std::string_view line) { complaints.emplace_back(line); }});
  REQUIRE(writer);
  talkative_job(0).play(**writer);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints.front() == "gpulaunch: --events /dev/full: No space left on device; no further events are written");
}

TEST_CASE("a slow reader loses nothing as long as it reads on") {
  auto pipe = make_pipe();
  Fd reader = std::move(pipe.reader);
  std::string got;
  {
    EventWriter writer(std::move(pipe.writer), "fd:9", {.rank_output = true});
    SimulatedJob job(1);
    // Far more than a pipe holds (64 KiB), and less than the backlog: nothing waits for the reader here.
    job.start_all();
    for (int i = 0; i < 300; ++i) job.emit(job_event::RankOutput{{0, Stream::out}, std::string(1000, 'x')});
    job.play(writer);
    REQUIRE(::fcntl(reader.get(), F_SETFL, O_NONBLOCK) == 0);
    JobEvent next{now(), job_event::RankOutput{{0, Stream::out}, "more"}};
    for (int i = 0; i < 300; ++i) {
      got += read_rest(reader.get());
      writer.on(next);
    }
  }
  got += read_rest(reader.get());
  CHECK(count_lines(got) == 2 + 600);
  CHECK(got.ends_with("\"text\":\"more\"}\n"));
}

TEST_CASE("a reader that takes nothing is given up at the end of the job") {
  auto pipe = make_pipe();
  std::vector<std::string> complaints;
  EventWriter writer(std::move(pipe.writer), "fd:9",
                     {.rank_output = true, .complain = [&](std::string_view line) { complaints.emplace_back(line); }});
  talkative_job(200).play(writer);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints.front() == "gpulaunch: --events fd:9: its reader takes nothing; no further events are written");
}
