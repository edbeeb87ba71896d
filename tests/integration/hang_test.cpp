// Jobs that do not get on, and jobs that only look like it.
#include "catch.hpp"
#include "launch.hpp"
#include "leftovers.hpp"

#include <signal.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

const std::string no_progress = "gpulaunch: no progress for 300ms (--hang-timeout)";
// Longer than a start and a turn of a loop take on a busy machine.
const std::string patient = "4s";

Launch hanging() {
  Launch launch;
  launch.flag("--hang-timeout", "300ms").within(120s);
  return launch;
}

// A loop of more than `patient` in small steps, each of which does `step`, with its number in $i.
Launch stepping(const std::string& step) {
  Launch launch;
  launch.flag("--hang-timeout", patient)
      .within(120s)
      .program("sh", "-c", "i=0; while [ $i -lt 60 ]; do i=$((i + 1)); sleep 0.1; " + step + "; done");
  return launch;
}

}  // namespace

TEST_CASE("a job that says nothing is ended with 124, and the report says so") {
  const auto finished = hanging().ranks(2).worker("sleep forever").expect_exit(124);
  CHECK(finished.err.starts_with(no_progress + "\n"));
  finished.expect_err_has("ranks 0-1: no output")
      .expect_err_has("stopped by gpulaunch: ranks 0-1 (SIGTERM)")
      .expect_err_has("gpulaunch: exit code 124 (no progress)");
}

TEST_CASE("one rank is shown that is stopped while the others wait for it") {
  hanging()
      .ranks(3)
      .worker("print up", "stop if rank==1", "sleep forever")
      .expect_exit(124)
      .expect_err_has("cause (likely, rank 1): Rank 1 is stopped by a signal (SIGSTOP, Ctrl-Z")
      .expect_err_has("last output ");
}

TEST_CASE("a hang is told as events before anything is done to the ranks") {
  const ScratchDir folder;
  hanging().flag("--events", folder.file("events")).worker("sleep forever").expect_exit(124);
  const auto events = read_file(folder.file("events"));
  const auto place = [&](std::string_view kind) { return events.find("\"event\":\"" + std::string(kind) + '"'); };
  CHECK(place("hang_suspected") < place("ranks_inspected"));
  CHECK(place("ranks_inspected") < place("teardown_started"));
  CHECK(place("teardown_started") < place("signal_sent"));
  CHECK(contains(events, R"("limit_ns":300000000,)"));
  CHECK(contains(events, R"("reason":"hung")"));
  CHECK(contains(events, R"("ending":"hung")"));
}

TEST_CASE("output of one rank keeps the job alive") {
  stepping("[ $RANK = 0 ] || echo $i").ranks(2).expect_exit(0).expect_err("");
}

TEST_CASE("a counter that stands still is no progress, whatever else is printed") {
  hanging()
      .flag("--progress-regex", "step (\\d+)")
      .program("sh", "-c", "while sleep 0.05; do echo step 7 of 9 at $(date); done")
      .expect_exit(124)
      .expect_err_has(no_progress)
      .expect_err_has("last progress ");
}

TEST_CASE("a counter that moves is progress, and so is a progress bar that draws over itself") {
  stepping("echo step $i").flag("--progress-regex", "step (\\d+)").expect_exit(0).expect_err("");
  stepping("printf '%s%%\\r' $i").flag("--progress-regex", "(\\d+)%").expect_exit(0).expect_err("");
}

TEST_CASE("beats keep a silent job alive, and one that prints what does not match") {
  const std::string beat = "echo >&$GPULAUNCH_HEARTBEAT_FD";
  stepping(beat).expect_exit(0).expect_out("").expect_err("");
  stepping("echo waiting; " + beat).flag("--progress-regex", "step").expect_exit(0).expect_err("");
}

TEST_CASE("beats of a C++ worker keep a silent job alive") {
  Launch{}.flag("--hang-timeout", patient).program(BEATING_WORKER, "60", "100").within(120s).expect_exit(0);
}

TEST_CASE("a worker that beats without end is not held up") {
  Launch{}.flag("--hang-timeout", "60s").program(BEATING_WORKER, "500000", "0").expect_exit(0).expect_err("");
}

TEST_CASE("a worker that stops beating hangs") {
  hanging()
      .program("sh", "-c", "echo >&$GPULAUNCH_HEARTBEAT_FD; sleep 1000")
      .expect_exit(124)
      .expect_err_has(no_progress)
      .expect_err_has("rank 0: last progress ");
}

TEST_CASE("ranks get a descriptor for beats where hangs are looked for, and nowhere else") {
  Launch{}
      .ranks(2)
      .flag("--hang-timeout", "60s")
      .worker("fds", "env GPULAUNCH_HEARTBEAT_FD")
      .expect_exit(0)
      .expect_out_has(labelled(1, "fds 0 1 2 3"))
      .expect_out_has(labelled(1, "GPULAUNCH_HEARTBEAT_FD=3"));
  Launch{}
      .worker("fds", "env GPULAUNCH_HEARTBEAT_FD")
      .expect_exit(0)
      .expect_out("fds 0 1 2\nGPULAUNCH_HEARTBEAT_FD is not set\n");
  Launch{}.program(BEATING_WORKER, "3", "1").expect_exit(0);
}

TEST_CASE("one rank on a terminal is heard as well") {
  auto job = stepping("echo $i").on_terminal().start();
  job.finish().expect_exit(0);
}

TEST_CASE("ranks whose output nobody takes do not hang") {
  auto job = hanging().unread_console().worker("lines 1000000 100").start();
  job.pass(3s);
  CHECK_FALSE(job.child().ending());
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
}

// What was printed after the timer had been armed is what a clock that runs on would forget; the timer fires three
// seconds of running time after it.
TEST_CASE("a hang is restarted like a failure") {
  Launch launch = hanging();
  launch.flag("--max-restarts", "1").flag("--restart-delay", "10ms");
  launch.worker("sleep forever if attempt==0", "print well")
      .expect_exit(0)
      .expect_out("well\n")
      .expect_err_has(no_progress + "; restart 1 of 1 in 10ms\n")
      .expect_err_has("  rank 0: no output\n");
  launch.worker("sleep forever").expect_exit(124).expect_err_has("restart 1 of 1").expect_err_has("exit code 124");
}

TEST_CASE("three attempts in a row that get nowhere end a job that would be started again") {
  Launch launch;
  launch.flag("--max-restarts", "9").flag("--restart-delay", "1ms").flag("--progress-regex", "step (\\d+)");
  const auto stuck = launch.worker("print step 3", "exit 4").expect_exit(93);
  CHECK(count_of(stuck.out, "step 3") == 4);
  stuck.expect_err_has("3 attempts in a row without progress").expect_err_has("exit code 93 (not worth requeueing)");
  const auto moving = launch.worker("print step {attempt}", "exit 4 if attempt<5").expect_exit(0);
  CHECK(count_of(moving.out, "step") == 6);
}

TEST_CASE("three hangs in a row at the same place end a job that would be started again") {
  const auto stuck = hanging()
                         .flag("--max-restarts", "9")
                         .flag("--restart-delay", "1ms")
                         .flag("--progress-regex", "step (\\d+)")
                         .worker("print step 3", "sleep forever")
                         .expect_exit(93);
  CHECK(count_of(stuck.out, "step 3") == 4);
}

TEST_CASE("attempts without a beat get nowhere where an earlier one has beaten") {
  const auto silent_later = Launch{}
                                .flag("--hang-timeout", "60s")
                                .flag("--max-restarts", "9")
                                .flag("--restart-delay", "1ms")
                                .program("sh", "-c",
                                         "echo attempt; [ $TORCHELASTIC_RESTART_COUNT -gt 1 ] || "
                                         "echo >&$GPULAUNCH_HEARTBEAT_FD; exit 4")
                                .expect_exit(93);
  CHECK(count_of(silent_later.out, "attempt") == 5);
}

TEST_CASE("two jobs on one machine give their ranks different places for NCCL's RAS service") {
  const ScratchDir folder;
  Launch launch;
  launch.ranks(2).flag("--hang-timeout", "60s");
  auto first = launch.worker("env NCCL_RAS_ADDR", "await " + folder.file("end")).start();
  first.wait_for_out("NCCL_RAS_ADDR=localhost:", 2);
  const auto second = launch.worker("env NCCL_RAS_ADDR").expect_exit(0).sorted_out();
  write_file(folder.file("end"), "");
  const auto lines = first.finish().expect_exit(0).sorted_out();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].substr(4) == lines[1].substr(4));
  CHECK(lines != second);
}

TEST_CASE("restarts are counted as ever where nothing tells of progress") {
  Launch launch;
  launch.flag("--max-restarts", "5").flag("--restart-delay", "1ms");
  const auto finished = launch.worker("print x", "exit 4").expect_exit(4);
  CHECK(count_of(finished.out, "x\n") == 6);
}
