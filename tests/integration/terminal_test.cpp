// One rank on a terminal has the terminal; many ranks do not, and job control works for both.
#include "catch.hpp"
#include "launch.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <sys/ioctl.h>

#include <algorithm>

using namespace harness;
using namespace std::chrono_literals;

namespace {

constexpr auto ctrl_c = "\x03";
constexpr auto ctrl_z = "\x1a";

std::string without_returns(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return text;
}

bool all_in_state(const Job& job, std::string_view part_of_command, char state) {
  std::size_t seen = 0;
  for (const auto& process : processes_with_cookie(job.cookie())) {
    if (!contains(process.description, part_of_command)) continue;
    if (process_state(process.pid) != state) return false;
    ++seen;
  }
  return seen > 0;
}

// A shell on a terminal that is about to run the launcher.
Job shell_that_runs(Launch launch) {
  auto job = launch.in_shell().start();
  job.wait_for_out("ready> ");
  job.type(job.command() + '\n');
  return job;
}

}  // namespace

TEST_CASE("one rank on a terminal gets all of it") {
  const auto finished = Launch{}.on_terminal().worker("terminal").expect_exit(0);
  CHECK(without_returns(finished.out) == "terminal 0 1 2 size 24x80 foreground\n");
}

TEST_CASE("one rank reads what is typed on the terminal") {
  auto job = Launch{}.on_terminal().worker("print ready", "line").start();
  job.wait_for_out("ready").type("typed\n");
  job.finish().expect_exit(0).expect_out_has("read: typed");
}

TEST_CASE("several ranks on a terminal do not have it") {
  const auto finished =
      Launch{}.ranks(2).flag("--color", "never").on_terminal().worker("terminal", "cat").expect_exit(0);
  auto lines = split_lines(without_returns(finished.out));
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{labelled(0, "terminal"), labelled(1, "terminal")});
}

TEST_CASE("Ctrl-C reaches the only rank once and ends the job") {
  auto job =
      Launch{}.on_terminal().worker("trap INT print interrupted; exit 0", "print ready", "sleep forever").start();
  job.wait_for_out("ready").type(ctrl_c);
  const auto finished = job.finish();
  CHECK(count_of(finished.out, "interrupted") == 1);
}

TEST_CASE("Ctrl-C reaches each of several ranks once and the launcher dies of it") {
  auto job = Launch{}
                 .ranks(3)
                 .on_terminal()
                 .worker("trap INT print interrupted; exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 3).type(ctrl_c);
  const auto finished = job.finish();
  finished.expect_killed_by(SIGINT);
  CHECK(count_of(finished.out, "interrupted") == 3);
}

TEST_CASE("Ctrl-C shows how each rank is doing") {
  auto job = Launch{}.ranks(2).on_terminal().worker("print ready if rank==1", "sleep forever").start();
  job.wait_for_out("ready").type(ctrl_c);
  job.finish()
      .expect_out_has("gpulaunch:   rank 0: running, no output yet")
      .expect_out_has("gpulaunch:   rank 1: running, last output ");
}

// A shell ends its script only where it was interrupted itself, and typed Ctrl-C reaches the group in front alone.
TEST_CASE("Ctrl-C ends the only rank and the script that runs it in a loop") {
  for (const auto* shell : {"/bin/sh", "/bin/bash"}) {
    auto job = Launch{}
                   .on_terminal()
                   .through({shell, "-c", "while :; do \"$@\"; done", "script"})
                   .worker("print begun", "sleep forever")
                   .start();
    job.wait_for_out("begun").type(ctrl_c);
    const auto finished = job.finish();
    finished.expect_killed_by(SIGINT);
    CHECK(count_of(finished.out, "begun") == 1);
  }
}

TEST_CASE("an interactive shell in the job has job control") {
  auto job = Launch{}
                 .on_terminal()
                 .env("PS1", "inner> ")
                 .program("bash", "--norc", "--noprofile", "--noediting", "-i")
                 .start();
  job.wait_for_out("inner> ");
  CHECK_FALSE(contains(job.child().out(), "no job control"));
  job.type("echo sleeping-$((1)); sleep 1000\n")
      .wait_for_out("sleeping-1")
      .pass(std::chrono::milliseconds(100))
      .type(ctrl_z);
  job.wait_for_out("Stopped").type("jobs; kill %1; fg; echo still-$((6 * 7))\n").wait_for_out("still-42");
  job.type("sleep 2000; echo unreachable-$((1))\n").wait_for_out("unreachable-$").pass(std::chrono::milliseconds(100));
  job.type(ctrl_c).wait_for_out("inner> ", 4).type("exit 5\n");
  job.finish().expect_exit(5).expect_out_lacks("unreachable-1");
}

TEST_CASE("terminal modes are given back when a rank leaves the terminal raw") {
  auto job = shell_that_runs(Launch{}.program("sh", "-c", "stty raw -echo; kill -9 $$"));
  job.wait_for_out("ready> ", 2).type("stty -a | grep -c ' echo '; exit\n");
  job.finish().expect_out_has("\n1");
}

TEST_CASE("Ctrl-Z stops a job of several ranks and fg goes on with it") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  auto job = shell_that_runs(Launch{}.ranks(2).worker("print begun-{rank}", "await " + go_on, "print done-{rank}"));
  job.wait_for_out("begun-0").wait_for_out("begun-1").type(ctrl_z).wait_for_out("Stopped");
  job.wait_until([&] { return all_in_state(job, "begun", 'T'); }, "all ranks stopped");
  write_file(go_on, "");
  job.type("fg\n").wait_for_out("done-0").wait_for_out("done-1").wait_for_out("ready> ", 3).type("exit $?\n");
  job.finish().expect_exit(0);
}

TEST_CASE("Ctrl-Z stops a job of one rank and fg gives it the terminal again") {
  auto job = shell_that_runs(Launch{}.worker("print begun-{rank}", "line", "terminal"));
  job.wait_for_out("begun-0").type(ctrl_z).wait_for_out("Stopped");
  job.type("fg\n")
      .pass(std::chrono::milliseconds(100))
      .type("typed\n")
      .wait_for_out("read: typed")
      .wait_for_out("foreground");
  job.wait_for_out("ready> ", 3).type("exit $?\n");
  job.finish().expect_exit(0);
}

TEST_CASE("one rank started in the background stops when it reads the terminal and fg lends it") {
  auto job = Launch{}.in_shell().worker("print begun-{rank}", "line", "terminal").start();
  job.wait_for_out("ready> ").type(job.command() + " &\n").wait_for_out("begun-0");
  job.wait_until([&] { return all_in_state(job, "begun", 'T'); }, "the rank stopped");
  job.type("\n").wait_for_out("Stopped").type("fg\n").pass(std::chrono::milliseconds(100)).type("typed\n");
  job.wait_for_out("read: typed").wait_for_out("foreground").type("exit $?\n").finish().expect_exit(0);
}

TEST_CASE("a time-out does not count the time that the job was stopped") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  auto job = shell_that_runs(
      Launch{}.ranks(2).flag("--timeout", "2s").worker("print begun-{rank}", "await " + go_on, "print done-{rank}"));
  job.wait_for_out("begun-0").wait_for_out("begun-1").type(ctrl_z).wait_for_out("Stopped");
  job.pass(std::chrono::milliseconds(2500));
  write_file(go_on, "");
  job.type("fg\n").wait_for_out("done-0").wait_for_out("done-1").type("exit $?\n");
  job.finish().expect_exit(0);
}

// It is suspended for longer than the limit, and then goes on without a word for more than the rest of it.
TEST_CASE("a hang does not count the time that the job was stopped") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  const auto events = folder.file("events");
  auto job = shell_that_runs(Launch{}
                                 .ranks(2)
                                 .within(120s)
                                 .flag("--hang-timeout", "6s")
                                 .flag("--events", events)
                                 .worker("print begun-{rank}", "await " + go_on, "print done-{rank}"));
  job.wait_for_out("begun-0").wait_for_out("begun-1").type(ctrl_z).wait_for_out("Stopped");
  job.pass(7s).type("fg\n").pass(3600ms);
  write_file(go_on, "");
  job.wait_for_out("done-0").wait_for_out("done-1").type("exit $?\n");
  job.finish().expect_exit(0);
  CHECK(read_file(events).find("hang_suspected") == std::string::npos);
}

TEST_CASE("a job in the background of a shell survives Ctrl-C at the prompt") {
  const ScratchDir folder;
  const auto go_on = folder.file("go-on");
  auto job = Launch{}.ranks(2).in_shell().worker("print begun-{rank}", "await " + go_on, "print done-{rank}").start();
  job.wait_for_out("ready> ").type(job.command() + " &\n").wait_for_out("begun-0").wait_for_out("begun-1");
  job.type(ctrl_c).wait_for_out("ready> ", 3).type("echo prompt-$((6 * 7))\n").wait_for_out("prompt-42");
  write_file(go_on, "");
  job.wait_for_out("done-0").wait_for_out("done-1").type("wait; exit 0\n");
  job.finish().expect_exit(0);
}

TEST_CASE("closing the terminal ends the job with SIGHUP") {
  const ScratchDir folder;
  const auto told = folder.file("told");
  auto job = Launch{}
                 .ranks(2)
                 .on_terminal()
                 .worker("trap HUP touch " + told + ".{rank}; exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2).child().close_out();
  job.finish().expect_killed_by(SIGHUP);
  CHECK(files_below(folder.path()).size() == 2);
}

TEST_CASE("with --pty every rank has a terminal of its own and the window's size") {
  const auto finished =
      Launch{}.ranks(2).flag("--pty").flag("--color", "never").on_terminal().worker("terminal", "whose").expect_exit(0);
  CHECK(count_of(finished.out, "terminal 1 2 size 24x80 foreground") == 2);
  CHECK(count_of(finished.out, "own session, own group") == 2);
}

TEST_CASE("a new window size reaches the terminals of the ranks") {
  auto job = Launch{}
                 .ranks(2)
                 .flag("--pty")
                 .on_terminal()
                 .worker("trap WINCH terminal; exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2);
  const winsize size{.ws_row = 50, .ws_col = 132, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(job.child().terminal(), TIOCSWINSZ, &size);
  const auto finished = job.finish();
  finished.expect_exit(0);
  CHECK(count_of(finished.out, "size 50x132") == 2);
}

TEST_CASE("a log file has everything although Ctrl-C has ended the reader of the console") {
  const ScratchDir folder;
  const auto log = folder.file("all.log");
  auto job = Launch{}
                 .in_shell()
                 .ranks(2)
                 .flag("--log", log)
                 .worker("trap INT lines 3000 60; warn saved; exit 0", "print begun-{rank}", "sleep forever")
                 .start();
  job.wait_for_out("ready> ")
      .type(job.command() + " |& tee /dev/null\n")
      .wait_for_out("begun-0")
      .wait_for_out("begun-1");
  job.type(ctrl_c).wait_for_out("ready> ", 2).wait_until([&] { return job.launcher_pid() < 0; }, "the launcher's end");
  CHECK(count_of(read_file(log), " line ") == 6000);
  CHECK(count_of(read_file(log), "saved") == 2);
  job.type("exit 0\n").finish().expect_exit(0);
}

TEST_CASE("a debugger in the job works on the terminal") {
  if (skipped_unless(std::filesystem::exists("/usr/bin/gdb"), "gdb is not installed")) return;
  auto job = Launch{}.on_terminal().program("gdb", "-q", "-nx", Launch::worker_path()).start();
  job.wait_for_out("(gdb)").type("print 6 * 7\n").wait_for_out("= 42").type("quit\n");
  job.finish().expect_exit(0);
}
