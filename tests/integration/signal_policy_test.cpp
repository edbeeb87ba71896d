// Signals that somebody has decided about: ignored before our start, --on-signal, --signal-scope.
#include "catch.hpp"
#include "launch.hpp"
#include "leftovers.hpp"

#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <sstream>

using namespace harness;
using namespace std::chrono_literals;

namespace {

// A child in the rank's group that says when it gets the signal.
std::string child_that_tells(const std::string& signal) {
  return "fork trap " + signal + " print child got it; print child ready; sleep forever";
}

// The launcher is the first process of a PID namespace there.
const std::vector<std::string> container = {"/usr/bin/unshare", "--pid", "--fork", "--mount-proc"};
bool can_make(const std::vector<std::string>& namespaces) {
  ChildOptions options{.path = namespaces.front(), .argv = namespaces};
  options.argv.emplace_back("/bin/true");
  ChildProcess probe(options);
  probe.pump_until([] { return false; }, 30s);
  return probe.ending() == Ending{};
}
bool can_make_container() { return can_make(container); }

// The same with the /proc of the machine, whose numbers are not those of the namespace.
const std::vector<std::string> container_without_proc = {"/usr/bin/unshare", "--pid", "--fork"};

std::size_t zombie_children(pid_t parent) {
  std::istringstream children(
      read_file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children"));
  return static_cast<std::size_t>(std::count_if(std::istream_iterator<pid_t>(children), {},
                                                [](pid_t child) { return process_state(child) == 'Z'; }));
}

}  // namespace

TEST_CASE("signals that were ignored when we started stay ignored") {
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT}) {
    const ScratchDir folder;
    auto job =
        Launch{}.ignoring(signo).ranks(2).worker("print ready", "await " + folder.file("go-on"), "print done").start();
    job.wait_for_out("ready", 2).signal(signo).pass(100ms);
    write_file(folder.file("go-on"), "");
    job.finish().expect_exit(0).expect_out_has("done");
  }
}

TEST_CASE("SIGTERM works also where SIGINT is ignored") {
  auto job = Launch{}.ignoring(SIGINT).ignoring(SIGQUIT).ranks(2).worker("print ready", "sleep forever").start();
  job.wait_for_out("ready", 2);
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM);
}

TEST_CASE("option --on-signal stop makes a signal end the job") {
  auto job = Launch{}
                 .flag("--on-signal", "USR1=stop")
                 .ranks(2)
                 .worker("trap USR1 exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2);
  job.signal(SIGUSR1).finish().expect_killed_by(SIGUSR1);
}

TEST_CASE("option --on-signal ignore keeps a signal from everybody") {
  const ScratchDir folder;
  auto job = Launch{}
                 .flag("--on-signal", "TERM=ignore")
                 .ranks(2)
                 .worker("trap TERM print got TERM", "print ready", "await " + folder.file("go-on"), "print done")
                 .start();
  job.wait_for_out("ready", 2).signal(SIGTERM).pass(100ms);
  write_file(folder.file("go-on"), "");
  job.finish().expect_exit(0).expect_out_lacks("got TERM");
}

TEST_CASE("option --on-signal forward passes a signal on and the job goes on") {
  auto job = Launch{}
                 .flag("--on-signal", "HUP=forward")
                 .ranks(2)
                 .worker("trap HUP print got HUP; exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2);
  job.signal(SIGHUP).finish().expect_exit(0).expect_out_has("got HUP");
}

TEST_CASE("option --on-signal decides about a signal that would kill us otherwise") {
  const auto start = [](const std::string& policy) {
    auto job = Launch{}
                   .flag("--on-signal", "ALRM=" + policy)
                   .ranks(2)
                   .worker("trap ALRM print got ALRM; exit 0", "print ready", "sleep forever")
                   .start();
    job.wait_for_out("ready", 2).signal(SIGALRM);
    return job;
  };
  CHECK(count_of(start("forward").finish().expect_exit(0).out, "got ALRM") == 2);
  CHECK(count_of(start("stop").finish().expect_killed_by(SIGALRM).out, "got ALRM") == 2);
  auto ignoring = start("ignore");
  ignoring.pass(100ms).signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_out_lacks("got ALRM");
}

TEST_CASE("inside a Slurm step a signal that slurmstepd has given to everybody is not passed on") {
  const ScratchDir folder;
  const auto daemon = folder.file("slurmstepd");
  std::filesystem::create_symlink("/bin/bash", daemon);
  const auto told_by = [&](const std::string& sender) {
    auto job = Launch{}
                   .env("SLURM_STEP_ID", "0")
                   .flag("--stop-grace", "200ms")
                   .ranks(2)
                   .worker("trap TERM print got TERM; exit 0", "print ready", "sleep forever")
                   .start();
    job.wait_for_out("ready", 2);
    // The sender stays, and does not become the sleep itself, until the launcher has looked who it is.
    ChildProcess stepd({.path = sender,
                        .argv = {sender, "-c", "kill -TERM " + std::to_string(job.pid()) + "; sleep 1; :"},
                        .env = {"PATH=/usr/bin:/bin"}});
    return job.finish().expect_killed_by(SIGTERM).out;
  };
  CHECK(count_of(told_by(daemon), "got TERM") == 0);
  CHECK(count_of(told_by("/bin/bash"), "got TERM") == 2);
}

TEST_CASE("a signal to stop goes to the leader alone") {
  auto job = Launch{}
                 .worker("trap TERM print leader; exit 0", child_that_tells("TERM"), "print ready", "sleep forever")
                 .start();
  job.wait_for_out("child ready").wait_for_out("\nready");
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_out_has("leader").expect_out_lacks("child got it");
}

TEST_CASE("with --signal-scope group it goes to the whole group") {
  auto job = Launch{}
                 .flag("--signal-scope", "group")
                 .flag("--linger", "3s")
                 .worker("trap TERM exit 0", child_that_tells("TERM"), "print ready", "sleep forever")
                 .start();
  job.wait_for_out("child ready").wait_for_out("\nready");
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_out_has("child got it");
}

TEST_CASE("a shell as the leader gets the signal with its group") {
  const ScratchDir folder;
  write_program(folder.file("job.sh"),
                "#!/bin/bash\n" + Launch::worker_path() +
                    " 'trap TERM print child got it; exit 0' 'print ready' 'sleep forever'\necho over\n");
  auto job = Launch{}.program(folder.file("job.sh")).start();
  job.wait_for_out("ready");
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_out_has("child got it");
}

TEST_CASE("as the first process of a container the launcher ends with 128 plus the signal") {
  if (skipped_unless(can_make_container(), "no PID namespace can be made here")) return;
  auto job = Launch{}.through(container).ranks(2).worker("trap TERM exit 0", "print ready", "sleep forever").start();
  job.wait_for_out("ready", 2);
  const auto launcher = job.launcher_pid();
  REQUIRE(launcher > 1);  // -1 would be everyone
  ::kill(launcher, SIGTERM);
  job.finish().expect_exit(128 + SIGTERM);
}

TEST_CASE("as the first process of a container the launcher kills daemons and gives the culprit's code") {
  if (skipped_unless(can_make_container(), "no PID namespace can be made here")) return;
  Launch{}
      .through(container)
      .ranks(2)
      .worker("daemon close; sleep forever", "exit 3 if rank==1", "sleep forever")
      .expect_exit(3);
}

TEST_CASE("without a /proc of its container the launcher reaps orphans and kills those that live on") {
  if (skipped_unless(can_make(container_without_proc), "no PID namespace can be made here")) return;
  auto job = Launch{}
                 .through(container_without_proc)
                 .ranks(2)
                 .worker("daemon print orphan", "daemon close; sleep forever", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("orphan", 2).wait_for_out("ready", 2);
  const auto launcher = job.launcher_pid();
  REQUIRE(launcher > 1);  // -1 would be everyone
  job.wait_until([&] { return zombie_children(launcher) == 0; }, "the reaping of the orphans");
  ::kill(launcher, SIGTERM);
  job.finish().expect_exit(128 + SIGTERM);
}

TEST_CASE("without a /proc of its container the launcher gives the job's code") {
  if (skipped_unless(can_make(container_without_proc), "no PID namespace can be made here")) return;
  const int code = GENERATE(0, 3);
  Launch{}
      .through(container_without_proc)
      .ranks(2)
      .worker("daemon exit 0", "daemon close; sleep forever", "exit " + std::to_string(code))
      .expect_exit(code);
}
