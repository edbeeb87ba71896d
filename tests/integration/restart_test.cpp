#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <signal.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

Launch restarting(int times) {
  Launch launch;
  launch.flag("--max-restarts", std::to_string(times)).flag("--restart-delay", "10ms");
  return launch;
}

}  // namespace

TEST_CASE("a job that fails once and may restart once succeeds") {
  restarting(1)
      .ranks(2)
      .worker("print attempt {attempt}", "exit 3 if rank==1 and attempt==0")
      .expect_exit(0)
      .expect_out_has(labelled(0, "attempt 1"))
      .expect_out_has(labelled(1, "attempt 1"));
}

TEST_CASE("when the restarts are used up the last failure counts") {
  const auto finished = restarting(2).worker("print attempt {attempt}", "exit 5 if attempt<2", "exit 6").run();
  finished.expect_exit(6).expect_out("attempt 0\nattempt 1\nattempt 2\n");
}

TEST_CASE("without --max-restarts nothing is restarted") {
  Launch{}.worker("print attempt {attempt}", "exit 5").expect_exit(5).expect_out("attempt 0\n");
}

TEST_CASE("every attempt gets its number and all have the same port and run") {
  const auto finished = restarting(2)
                            .worker("env GPULAUNCH_ATTEMPT TORCHELASTIC_MAX_RESTARTS",
                                    "env MASTER_PORT TORCHELASTIC_RUN_ID", "exit 1 if attempt<2")
                            .run();
  const auto lines = split_lines(finished.expect_exit(0).out);
  REQUIRE(lines.size() == 12);
  CHECK(lines[0] == "GPULAUNCH_ATTEMPT=0");
  CHECK(lines[4] == "GPULAUNCH_ATTEMPT=1");
  CHECK(lines[8] == "GPULAUNCH_ATTEMPT=2");
  CHECK(lines[1] == "TORCHELASTIC_MAX_RESTARTS=2");
  for (const std::size_t of : {2U, 3U}) {
    CHECK(lines[of + 4] == lines[of]);
    CHECK(lines[of + 8] == lines[of]);
  }
}

TEST_CASE("every attempt has a log folder of its own") {
  const ScratchDir logs;
  restarting(1)
      .ranks(2)
      .flag("--redirects", "3")
      .flag("--log-dir", logs.path())
      .flag("--rdzv-id", "job")
      .worker("print attempt {attempt}", "exit 1 if attempt==0 and rank==0")
      .expect_exit(0);
  std::size_t first = 0;
  std::size_t second = 0;
  for (const auto& file : files_below(logs.path())) {
    first += contains(file, "/attempt_0/") ? 1 : 0;
    second += contains(file, "/attempt_1/") ? 1 : 0;
    if (contains(file, "/attempt_1/1/stdout.log")) CHECK(read_file(logs.path() / file) == "attempt 1\n");
  }
  CHECK(first == 4);
  CHECK(second == 4);
}

TEST_CASE("nobody of an attempt lives on in the next one") {
  const ScratchDir folder;
  restarting(1)
      .worker("daemon close; ignore TERM; await " + folder.file("second") + "; touch " + folder.file("ghost") +
                  " if attempt==0",
              "exit 1 if attempt==0", "touch " + folder.file("second"), "sleep 200")
      .expect_exit(0);
  CHECK(files_below(folder.path()) == std::vector<std::string>{"second"});
}

TEST_CASE("the delay before a restart is kept") {
  const auto finished = Launch{}
                            .flag("--max-restarts", "1")
                            .flag("--restart-delay", "400ms")
                            .worker("exit 1 if attempt==0")
                            .expect_exit(0);
  CHECK(finished.took >= 400ms);
}

TEST_CASE("a restart says so in one line") {
  const auto finished = restarting(1).worker("exit 3 if attempt==0").expect_exit(0);
  CHECK(split_lines(finished.err).size() == 1);
  finished.expect_err_has("gpulaunch: ").expect_err_has("code 3");
  restarting(1).flag("-q").worker("exit 3 if attempt==0").expect_exit(0).expect_err("");
}

TEST_CASE("an attempt is judged once, also when the job is told to stop before the next one") {
  const ScratchDir folder;
  const auto events = folder.file("events");
  Launch launch;
  launch.flag("--max-restarts", "1").flag("--restart-delay", "50s").flag("--events", events);
  auto job = launch.program("sh", "-c", "echo 'ValueError: bad loss' >&2; exit 3").start();
  job.wait_until([&] { return contains(read_file(events), R"("event":"restart")"); }, "a restart");
  job.signal(SIGTERM).finish();
  const auto told = read_file(events);
  const auto first = told.find(R"("event":"diagnosis")");
  INFO(told);
  REQUIRE(first != std::string::npos);
  CHECK(told.find(R"("event":"diagnosis")", first + 1) == std::string::npos);
}

TEST_CASE("a program that is not there is not restarted") {
  const auto finished =
      Launch{}.flag("--max-restarts", "3").flag("--restart-delay", "20s").program("no-such-program").expect_exit(127);
  CHECK(finished.took < 15s);
}

TEST_CASE("option --timeout ends the job with 124 and names itself") {
  Launch{}
      .ranks(2)
      .flag("--timeout", "300ms")
      .worker("trap TERM print told; exit 3", "sleep forever")
      .expect_exit(124)
      .expect_err_has("timed out")
      .expect_err_has("300ms")
      .expect_lines({labelled(0, "told"), labelled(1, "told")});
}

TEST_CASE("option --timeout counts over all attempts") {
  const auto finished = Launch{}
                            .flag("--timeout", "500ms")
                            .flag("--max-restarts", "1000")
                            .flag("--restart-delay", "10ms")
                            .worker("sleep 20", "exit 1")
                            .expect_exit(124);
  CHECK(finished.took < 30s);
}

TEST_CASE("option --timeout ends the wait before a restart") {
  const auto finished = Launch{}
                            .flag("--timeout", "500ms")
                            .flag("--max-restarts", "1")
                            .flag("--restart-delay", "50s")
                            .worker("exit 1")
                            .expect_exit(124);
  CHECK(finished.took < 40s);
}

TEST_CASE("a job that is done before its time-out is a success") {
  Launch{}.ranks(2).flag("--timeout", "50s").worker("print x").expect_exit(0).expect_err("");
}
