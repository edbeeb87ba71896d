// Consoles that are slow, gone or full, and ranks that write more than anybody can take.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <signal.h>

#include <thread>

using namespace harness;
using namespace std::chrono_literals;

namespace {

#ifdef GPULAUNCH_SANITIZED
constexpr long memory_limit_kib = 512L * 1024;  // the sanitizer's own
#else
constexpr long memory_limit_kib = 48L * 1024;
#endif

}  // namespace

TEST_CASE("a line of 100 MB without a newline passes in bounded memory") {
  constexpr std::size_t size = 100'000'000;
  const int ranks = GENERATE(1, 2);
  const auto finished = Launch{}
                            .ranks(ranks)
                            .within(200s)
                            .discard_output()
                            .worker("spew " + std::to_string(size) + " if rank==0", "print end")
                            .run();
  finished.expect_exit(0);
  CHECK(finished.bytes_read >= size);
  CHECK(finished.ending.peak_memory_kib < memory_limit_kib);
}

TEST_CASE("a console that takes nothing for a while loses nothing") {
  auto job = Launch{}.ranks(4).worker("lines 20000 60").start();
  std::this_thread::sleep_for(500ms);  // nobody reads
  const auto finished = job.finish();
  finished.expect_exit(0);
  for (int rank = 0; rank < 4; ++rank) {
    const auto lines = lines_of_rank(finished.out, rank);
    REQUIRE(lines.size() == 20'000);
    CHECK(lines.back() == "rank " + std::to_string(rank) + " line 19999 " + std::string(60, 'x'));
  }
  CHECK(finished.ending.peak_memory_kib < memory_limit_kib);
}

TEST_CASE("a console whose reader has gone neither kills nor stalls the job") {
  const ScratchDir folder;
  auto job = Launch{}.ranks(2).worker("lines 50000 100", "touch " + folder.file("{rank}")).start();
  job.wait_for_out("line 0 ").child().close_out();
  job.finish().expect_exit(0).expect_err_lacks("failed");
  CHECK(files_below(folder.path()).size() == 2);
}

TEST_CASE("both consoles may be gone") {
  const ScratchDir folder;
  auto job = Launch{}
                 .ranks(2)
                 .worker("print x", "warn x", "lines 5000 100", "warn y", "touch " + folder.file("{rank}"))
                 .start();
  job.child().close_out();
  job.child().close_err();
  job.finish().expect_exit(0);
  CHECK(files_below(folder.path()).size() == 2);
}

TEST_CASE("a job piped into head ends well") {
  const ScratchDir folder;
  auto job = Launch{}.ranks(2).in_shell().worker("lines 50000 100").start();
  job.wait_for_out("ready> ").type(job.command() + " | head -1; echo status ${PIPESTATUS[0]} $((6 * 7))\n");
  job.wait_for_out("status 0 42").type("exit 0\n");
  job.finish().expect_exit(0);
}

TEST_CASE("a full console does not end the job") {
  const ScratchDir folder;
  Launch{}.ranks(2).out_to("/dev/full").worker("lines 1000 100", "touch " + folder.file("{rank}")).expect_exit(0);
  CHECK(files_below(folder.path()).size() == 2);
}

TEST_CASE("a failure is reported although nobody reads standard output") {
  auto job = Launch{}.ranks(2).worker("print x", "lines 20000 100", "exit 3 if rank==1").start();
  job.wait_for_out("x").child().close_out();
  job.finish().expect_exit(3).expect_err_has("rank 1 exited with code 3");
}

TEST_CASE("a stop is obeyed although the console takes nothing") {
  auto job = Launch{}.ranks(2).worker("lines 1000000 100").start();
  job.wait_for_out("line 0 ");
  job.signal(SIGTERM).signal(SIGTERM);
  std::this_thread::sleep_for(300ms);  // nobody reads
  job.finish().expect_killed_by(SIGTERM);
}

TEST_CASE("option --log has everything although the console is gone") {
  const ScratchDir folder;
  auto job = Launch{}
                 .ranks(2)
                 .flag("--log", folder.file("all.log"))
                 .worker("print first", "lines 20000 60", "warn last")
                 .start();
  job.wait_for_out("first").child().close_out();
  job.child().close_err();
  job.finish().expect_exit(0);
  const auto log = read_file(folder.file("all.log"));
  CHECK(count_of(log, " line ") == 40'000);
  CHECK(count_of(log, "last\n") == 2);
}

TEST_CASE("a job that is told to stop ends although nobody ever reads the console") {
  const int ranks = GENERATE(1, 2);
  const ScratchDir folder;
  auto job = Launch{}
                 .ranks(ranks)
                 .unread_console()
                 .worker("touch " + folder.file("begun.{rank}"), "lines 1000000 100")
                 .start();
  for (int rank = 0; rank < ranks; ++rank) job.wait_for_file(folder.file("begun." + std::to_string(rank)));
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
}

TEST_CASE("a time-out ends the job although nobody ever reads the console") {
  const int ranks = GENERATE(1, 2);
  Launch{}.ranks(ranks).unread_console().flag("--timeout", "500ms").worker("lines 1000000 100").expect_exit(124);
}

TEST_CASE("a signal to stop counts also while the output of ranks that are done is delivered") {
  const ScratchDir folder;
  const auto events = folder.file("events");
  auto job = Launch{}.ranks(2).unread_console().flag("--events", events).worker("print x").start();
  job.wait_until([&] { return contains(read_file(events), "job_finished"); }, "the end of the ranks");
  CHECK(contains(read_file(events), R"("exit_code":0)"));
  job.pass(200ms);
  CHECK_FALSE(job.child().ending());
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
}

TEST_CASE("option --log has everything although the console is full") {
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .out_to("/dev/full")
      .flag("--log", folder.file("all.log"))
      .worker("lines 20000 60", "warn last")
      .expect_exit(0);
  const auto log = read_file(folder.file("all.log"));
  CHECK(count_of(log, " line ") == 40'000);
  CHECK(count_of(log, "last\n") == 2);
}
