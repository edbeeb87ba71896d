// Rows F19 to F25 and F67: signals in the surroundings in which they are sent.
#include "catch.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <utility>

using namespace harness;
using namespace std::chrono_literals;

namespace {

constexpr auto ctrl_z = "\x1a";

// A shell on a terminal whose foreground job is the launcher; the shell lives on.
struct ShellJob {
  Witness witness;
  Job job;

  ShellJob() : job(with_worker(Launch{}.ranks(2).in_shell(), hostile_commands(witness.path(), {})).start()) {
    job.wait_for_out("ready> ");
    job.type(job.command() + '\n').wait_for_out("in place\r", 2);
    job.type(ctrl_z).wait_for_out("Stopped");
  }
  // The shell itself has the cookie too.
  [[nodiscard]] bool nobody_left() const { return processes_with_cookie(job.cookie()).size() == 1; }
};

// The shell that has started the launcher is killed; its orphans are ours then.
void expect_end_with_parent(Launch launch) {
  const ScratchDir folder;
  Witness witness;
  auto job =
      with_worker(launch.may_leave_processes()
                      .may_leave_files()
                      .through({"/bin/sh", "-c", "\"$@\" & wait $!", "sh"})
                      .flag("--die-with-parent")
                      .ranks(2),
                  hostile_commands(witness.path(), {"trap TERM touch " + folder.file("told") + ".{rank}; exit 0"}))
          .start();
  job.wait_for_out("in place", 2);
  const auto launcher = job.launcher_pid();
  REQUIRE(launcher > 1);
  job.signal(SIGKILL);
  int status = 0;
  bool ended = false;
  CHECK(eventually([&] { return ended = ended || ::waitpid(launcher, &status, WNOHANG) == launcher; }, 10 * soon));
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(10 * soon).expect_killed_by(SIGKILL);
  CHECK(files_below(folder.path()).size() == 2);
}

}  // namespace

TEST_CASE("F19 under nohup the job survives its terminal") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  Witness witness;
  auto job = with_worker(Launch{}.on_terminal().through({"/usr/bin/nohup"}).in_directory(folder.path()).ranks(2),
                         {"hold " + witness.path(), "touch " + folder.file("ready") + ".{rank}", "await " + go_on,
                          "touch " + folder.file("over") + ".{rank}"})
                 .start();
  job.wait_for_file(folder.file("ready.0")).wait_for_file(folder.file("ready.1")).child().close_out();
  job.pass(100ms);
  write_file(go_on, "");
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(10 * soon).expect_exit(0);
  CHECK(std::filesystem::exists(folder.file("over.0")));
  CHECK(std::filesystem::exists(folder.file("over.1")));
}

TEST_CASE("F20 in the background of a script SIGINT is ignored and SIGTERM works") {
  Witness witness;
  auto job = with_worker(Launch{}.through({"/bin/sh", "-c", "\"$@\" & wait $!", "sh"}).ranks(2),
                         hostile_commands(witness.path(), {}))
                 .start();
  job.wait_for_out("in place", 2);
  const auto launcher = job.launcher_pid();
  REQUIRE(launcher > 1);
  ::kill(launcher, SIGINT);
  job.pass(200ms);
  CHECK(process_state(launcher) != '\0');
  ::kill(launcher, SIGTERM);
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(10 * soon).expect_exit(128 + SIGTERM);
}

TEST_CASE("F22 signals that mean nothing to us reach the leaders alone and the job goes on") {
  for (const auto& [name, number] : {std::pair{"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"RTMIN+3", SIGRTMIN + 3}}) {
    INFO(name);
    const auto trap = std::string("trap ") + name + " print told";
    HostileJob job({}, {"fork " + trap + "-child; sleep forever", trap, "trap HUP print over; exit 0"}, 2);
    job.hit(Who::front, number).job().wait_for_out("told", 2).pass(50ms);
    CHECK(count_of(job.job().child().out(), "told-child") == 0);
    job.hit(Who::front, SIGTERM).expect_nobody_left(10 * soon).expect_killed_by(SIGTERM);
  }
}

TEST_CASE("F24 SIGTERM waits for a launcher that Ctrl-Z has stopped") {
  ShellJob shell;
  const auto launcher = shell.job.launcher_pid();
  REQUIRE(launcher > 1);
  ::kill(launcher, SIGTERM);
  shell.job.pass(200ms);
  CHECK(process_state(launcher) == 'T');
  shell.job.type("fg; echo ended $?\n").wait_for_out("ended 143");
  CHECK(shell.witness.let_go_of_within(soon));
  CHECK(shell.nobody_left());
  shell.job.type("exit 0\n").finish().expect_exit(0);
}

TEST_CASE("F24 SIGKILL ends a launcher that Ctrl-Z has stopped and everything with it") {
  ShellJob shell;
  const auto launcher = shell.job.launcher_pid();
  REQUIRE(launcher > 1);
  ::kill(launcher, SIGKILL);
  CHECK(shell.witness.let_go_of_within(soon));
  CHECK(eventually([&] { return shell.nobody_left(); }));
  shell.job.type("exit 0\n").finish().expect_exit(0);
}

TEST_CASE("F67 with --die-with-parent the job ends like on SIGTERM when whoever has started the launcher dies") {
  expect_end_with_parent(Launch{});
}

TEST_CASE("F67 --die-with-parent works also where a process cannot be held") {
#ifdef GPULAUNCH_SANITIZED
  if (skipped_unless(false, "the shim would come before the sanitizer")) return;
#endif
  expect_end_with_parent(Launch{}
                             .env("LD_PRELOAD", FAULT_SHIM)
                             .env("GPULAUNCH_FAULT", "pidfd_open:*:ENOSYS")
                             .env("GPULAUNCH_FAULT_IN", "gpulaunch"));
}

TEST_CASE("F67 the job goes on when whoever has started the launcher dies") {
  const ScratchDir folder;
  Witness witness;
  const auto go_on = folder.file("go-on");
  auto job =
      with_worker(Launch{}.may_leave_processes().may_leave_files().through({"/bin/sh", "-c", "\"$@\" & exit 0", "sh"}),
                  {"hold " + witness.path(), "await " + go_on, "touch " + folder.file("over")})
          .start();
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.job().child().pump_until([] { return false; }, 10 * soon);
  write_file(go_on, "");
  hostile.expect_nobody_left(10 * soon).expect_exit(0);
  CHECK(std::filesystem::exists(folder.file("over")));
}
