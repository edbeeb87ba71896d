// gpulaunch guard COMMAND: the guarantee for any one command, and nothing else.
#include "catch.hpp"
#include "launch.hpp"

#include <signal.h>

using namespace harness;

namespace {

template <class... Commands>
Launch guarded(Commands... commands) {
  return Launch{}.program("guard", Launch::worker_path(), std::string(commands)...);
}

}  // namespace

TEST_CASE("guard gives the command's exit status and says nothing of its own") {
  guarded("print hello", "exit 7").expect_exit(7).expect_out("hello\n").expect_err("");
  Launch{}.program("guard", "sh", "-c", "kill -SEGV $$").expect_exit(139).expect_err("");
}

TEST_CASE("guard adds nothing to the environment") {
  const auto plain = Launch{}.through({"/usr/bin/env", "-i", "A=1"}).program("guard", "/usr/bin/env").run();
  plain.expect_exit(0).expect_out("A=1\n");
}

TEST_CASE("guard leaves the standard streams to the command") {
  Launch{}.input("typed\n").program("guard", "cat").expect_exit(0).expect_out("typed\n");
  const auto finished = Launch{}.on_terminal().program("guard", Launch::worker_path(), "terminal").expect_exit(0);
  CHECK(contains(finished.out, "terminal 0 1 2"));
  CHECK(contains(finished.out, "foreground"));
}

TEST_CASE("guard ends what the command leaves behind") {
  Launch{}.program("guard", "sh", "-c", "setsid sleep 1000 & (sleep 1000 &) ; exit 3").expect_exit(3);
}

TEST_CASE("a signal goes to the guarded command alone") {
  auto job = Launch{}
                 .program("guard", "sh", "-c",
                          "trap 'echo leader told; exit 5' TERM; "
                          "sh -c 'trap \"echo child told\" TERM; echo ready; while :; do sleep 0.1; done' & wait; wait")
                 .start();
  job.wait_for_out("ready").signal(SIGTERM);
  job.finish().expect_killed_by(SIGTERM).expect_out("ready\nleader told\n");
}

TEST_CASE("guard ends a command that runs too long") {
  Launch{}.program("guard", "--timeout", "300ms", "sleep", "1000").expect_exit(124).expect_err_has("timed out");
}

TEST_CASE("guard says when the command cannot be started") {
  Launch{}.program("guard", "/no/such/program").expect_exit(127).expect_err_has("/no/such/program");
  Launch{}.program("guard").expect_exit(2).expect_err_has("no COMMAND to guard");
}

TEST_CASE("the launcher's death is the death of what it guards") {
  auto job = Launch{}.program("guard", "sh", "-c", "setsid sleep 1000 & echo ready; sleep 1000").start();
  job.wait_for_out("ready").signal(SIGKILL);
  job.finish().expect_killed_by(SIGKILL);
}
