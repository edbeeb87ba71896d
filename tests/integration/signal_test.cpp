#include "catch.hpp"
#include "launch.hpp"
#include "leftovers.hpp"
#include "rank_output.hpp"

#include <signal.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

struct Signal {
  std::string name;
  int number;
};
const Signal stop_signals[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"HUP", SIGHUP}, {"QUIT", SIGQUIT}};

// Ranks that do `command` when the signal comes, all of them ready.
Job ready_job(Launch launch, const std::string& trap, const std::string& then = "sleep forever") {
  auto job = launch.ranks(3).worker(trap, "print ready", then).start();
  job.wait_for_out("ready", 3);
  return job;
}

// Sends the signal as soon as the event has been reported. A rank that does not end of it is never killed.
Finished signal_at_event(std::string_view event, int signo, Launch launch) {
  const ScratchDir folder;
  const auto events = folder.file("events");
  auto job = launch.flag("--stop-grace", "300s").flag("--events", events).start();
  // Any pause here would come too late.
  while (!contains(read_file(events), event) && process_state(job.pid()) != 'Z') continue;
  return job.signal(signo).finish();
}

bool can_start_a_thousand() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max >= 8192;
}

}  // namespace

TEST_CASE("a signal to stop reaches every rank and the launcher dies of it") {
  for (const auto& signal : stop_signals) {
    auto job = ready_job(Launch{}, "trap " + signal.name + " print got " + signal.name + "; exit 0");
    const auto finished = job.signal(signal.number).finish();
    finished.expect_killed_by(signal.number);
    CHECK(count_of(finished.out, "got " + signal.name) == 3);
  }
}

TEST_CASE("ranks that die of the forwarded signal are no failures") {
  auto job = ready_job(Launch{}, "print ok");
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_err_lacks("was killed").expect_err_lacks("exit code");
}

TEST_CASE("a stopped launcher leaves one line that says why it ended") {
  auto job = ready_job(Launch{}, "trap TERM exit 0");
  const auto finished = job.signal(SIGTERM).finish();
  CHECK(split_lines(finished.err).size() == 1);
  finished.expect_err_has("SIGTERM");
}

TEST_CASE("ranks that ignore a signal are killed after the stop grace") {
  auto job = ready_job(Launch{}.flag("--stop-grace", "300ms"), "ignore TERM");
  const auto finished = job.signal(SIGTERM).finish();
  finished.expect_killed_by(SIGTERM);
  CHECK(finished.took >= 300ms);
}

TEST_CASE("a second Ctrl-C kills at once") {
  auto job = ready_job(Launch{}.flag("--stop-grace", "100s"), "trap INT print got INT");
  job.signal(SIGINT).wait_for_out("got INT", 3).pass(350ms);
  job.signal(SIGINT).finish().expect_killed_by(SIGINT);
}

TEST_CASE("two interrupts within a moment are one") {
  auto job = ready_job(Launch{}.flag("--stop-grace", "100s"), "trap INT print got INT");
  job.signal(SIGINT).pass(10ms).signal(SIGINT).wait_for_out("got INT", 3).pass(350ms);
  CHECK_FALSE(job.child().ending());
  const auto finished = job.signal(SIGINT).finish();
  finished.expect_killed_by(SIGINT);
  CHECK(count_of(finished.out, "got INT") == 3);
}

TEST_CASE("a second SIGTERM neither kills nor is forwarded again") {
  const ScratchDir folder;
  auto job = ready_job(Launch{}.flag("--stop-grace", "100s"),
                       "trap TERM print got TERM; await " + folder.file("go-on") + "; exit 0");
  job.signal(SIGTERM).wait_for_out("got TERM", 3).pass(350ms).signal(SIGTERM).pass(350ms).signal(SIGTERM).pass(100ms);
  CHECK_FALSE(job.child().ending());
  write_file(folder.file("go-on"), "");
  const auto finished = job.finish();
  finished.expect_killed_by(SIGTERM);
  CHECK(count_of(finished.out, "got TERM") == 3);
}

TEST_CASE("a signal to stop ends a stopped rank too") {
  auto job = Launch{}
                 .ranks(2)
                 .worker("trap TERM exit 0", "fork print ready; stop", "stop if rank==1", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2);
  const auto finished = job.signal(SIGTERM).finish();
  finished.expect_killed_by(SIGTERM);
  CHECK(finished.took < 25s);
}

TEST_CASE("USR1 and USR2 are passed on and the job goes on") {
  const ScratchDir folder;
  auto job = Launch{}
                 .ranks(2)
                 .worker("trap USR1 print got USR1", "trap USR2 print got USR2; exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2).signal(SIGUSR1).wait_for_out("got USR1", 2).signal(SIGUSR1).wait_for_out("got USR1", 4);
  job.signal(SIGUSR2).finish().expect_exit(0).expect_err("");
}

TEST_CASE("USR1 reaches leaders and not their children") {
  auto job = Launch{}
                 .worker("trap USR1 print leader; exit 0", "fork trap USR1 print child; sleep forever", "print ready",
                         "sleep forever")
                 .start();
  job.wait_for_out("ready").signal(SIGUSR1);
  job.finish().expect_exit(0).expect_out("ready\nleader\n");
}

TEST_CASE("a signal at any moment of the start leaves nobody behind") {
  for (int round = 0; round < 25; ++round) {
    auto job = Launch{}.ranks(32).worker("sleep forever").start();
    job.pass(std::chrono::milliseconds(round));
    job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
  }
}

TEST_CASE("a signal between the starts of ranks that end at once ends the job or comes too late") {
  if (skipped_unless(can_start_a_thousand(), "the hard limit of open files is below 8192")) return;
  const auto [ranks, rounds] = GENERATE(table<int, int>({{64, 10}, {1024, 3}}));
  for (int round = 0; round < rounds; ++round) {
    const auto finished = signal_at_event("rank_started", SIGTERM, Launch{}.ranks(ranks).program("true"));
    if (finished.ending != Ending{}) finished.expect_killed_by(SIGTERM);
  }
}

TEST_CASE("a signal between the starts of many ranks is never lost") {
  if (skipped_unless(can_start_a_thousand(), "the hard limit of open files is below 8192")) return;
  const auto [ranks, rounds] = GENERATE(table<int, int>({{64, 10}, {1024, 2}}));
  for (int round = 0; round < rounds; ++round)
    signal_at_event("rank_started", SIGINT, Launch{}.ranks(ranks).worker("sleep forever")).expect_killed_by(SIGINT);
}

TEST_CASE("a signal while the run folder is new leaves no folder behind") {
  for (int round = 0; round < 30; ++round) {
    const ScratchDir runtime;
    auto job = Launch{}.env("XDG_RUNTIME_DIR", runtime.path()).ranks(8).worker("sleep forever").start();
    while (std::filesystem::is_empty(runtime.path())) continue;  // any pause here would come too late
    job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
    CHECK(std::filesystem::is_empty(runtime.path()));
  }
}

TEST_CASE("a signal when the job has just finished leaves no folder behind") {
  for (int round = 0; round < 20; ++round) {
    const auto finished = signal_at_event("job_finished", SIGTERM, Launch{}.ranks(4).worker("exit 5"));
    if (!finished.ending.by_signal) finished.expect_exit(5);
  }
}

TEST_CASE("a signal between two attempts ends the job") {
  auto job =
      Launch{}.flag("--max-restarts", "5").flag("--restart-delay", "100s").worker("print begun", "exit 1").start();
  job.wait_for_out("begun").wait_for_err("gpulaunch: ");
  const auto finished = job.signal(SIGTERM).finish();
  finished.expect_killed_by(SIGTERM);
  CHECK(finished.took < 50s);
}

TEST_CASE("a failure after the signal to stop does not change the ending") {
  auto job = ready_job(Launch{}, "trap TERM exit 9");
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
}
