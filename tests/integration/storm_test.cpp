// Programs that start processes without end, and honest ones that only start many. Each storm of the fixtures has an
// end of its own, so that a guard that does not work fails a test and nothing else.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <unistd.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

const std::string storms = std::string(GPULAUNCH_SOURCE_DIR) + "/tests/fixtures/storms/";

// Shared memory of its own, which goes with the last process there: what Python's killed helpers could not remove would
// stay on the machine otherwise. Only root can have that.
Launch on_debian_python(const std::string& in_private_memory = "exec \"$@\"") {
  Launch launch;
  launch.env("PYTHON_EXEC", std::string(debian_python)).within(280s);
  if (::geteuid() != 0) return launch;
  return launch.through({"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                         "mount -t tmpfs none /dev/shm && { " + in_private_memory + "; }", "sh"});
}

}  // namespace

TEST_CASE("a pool without a main guard is stopped, and the report shows its error and the guard") {
  const auto finished = on_debian_python().program(storms + "unguarded_pool.py").expect_exit(125);
  finished.expect_err_has("gpulaunch: rank 0 was stopped: its children fail over and over with: RuntimeError: ")
      .expect_err_has("multiprocessing.spawn import spawn_main")
      .expect_err_has("if __name__ == \"__main__\":");
}

// Its semaphores are removed by a helper that ends when nobody has its pipe any more.
TEST_CASE("a pool without a main guard leaves nothing in shared memory") {
  if (skipped_unless(::geteuid() == 0, "only root can have shared memory to itself")) return;
  on_debian_python("\"$@\"; code=$?; ls /dev/shm; exit $code")
      .flag("--linger", "60s")
      .program(storms + "unguarded_pool.py")
      .expect_exit(125)
      .expect_out("");
}

TEST_CASE("a guarded pool without a main guard is stopped though its output is not ours") {
  Launch{}
      .within(280s)
      .program("guard", std::string(debian_python), storms + "unguarded_pool.py")
      .expect_exit(125)
      .expect_err_has("gpulaunch: the command was stopped: its children fail over and over as they start");
}

TEST_CASE("a process without a main guard fails on its own and stops nothing") {
  const auto finished = on_debian_python().program(storms + "unguarded_process.py").expect_exit(0);
  finished.expect_out("joined 1\n").expect_err_has("bootstrapping phase").expect_err_lacks("was stopped");
}

TEST_CASE("a script that starts itself again and again is stopped") {
  const auto finished = on_debian_python().ranks(2).program(storms + "starts_itself.py").expect_exit(125);
  finished.expect_err_has(" was stopped: it starts itself again and again, ")
      .expect_err_has("starts_itself.py`")
      .expect_err_has("start it without");
}

TEST_CASE("a launcher that starts itself again and again is stopped") {
  const auto finished = Launch{}
                            .within(280s)
                            .program(storms + "starts_the_launcher.sh", Launch::program_path())
                            .may_leave_files()  // the folders of launchers that were killed
                            .expect_exit(125);
  finished.expect_err_has("it starts itself again and again");
}

TEST_CASE("a fork bomb is stopped when it is larger than allowed, and events say so") {
  const ScratchDir folder;
  const auto finished = on_debian_python()
                            .ranks(2)
                            .flag("--max-procs", "200")
                            .flag("--events", folder.file("events.jsonl"))
                            .flag("--junit", folder.file("report.xml"))
                            .program(storms + "fork_bomb.py", "300")
                            .expect_exit(125);
  finished.expect_err_has(" was stopped: it started ").expect_err_has("more than --max-procs allows");
  const auto events = read_file(folder.file("events.jsonl"));
  CHECK(contains(events, R"("reason":"storm")"));
  CHECK(contains(events, R"("storm":{"kind":"growth","processes":)"));
  CHECK(contains(events, R"("ending":"storm")"));
  CHECK(contains(read_file(folder.file("report.xml")), "was stopped: it started"));
}

TEST_CASE("a fork bomb is stopped in a namespace of its own too, and under guard") {
  Launch{}
      .within(280s)
      .program("guard", "--max-procs", "100", std::string(debian_python), storms + "fork_bomb.py", "200")
      .expect_exit(125)
      .expect_err_has("gpulaunch: the command was stopped: it started ");
  if (skipped_unless(can_isolate(), "no pid namespace can be made here")) return;
  on_debian_python()
      .flag("--isolate", "pid")
      .flag("--max-procs", "100")
      .program(storms + "fork_bomb.py", "200")
      .expect_exit(125)
      .expect_err_has("rank 0 was stopped: it started ");
}

TEST_CASE("without a guard a fork bomb goes on until something else ends it") {
  on_debian_python()
      .flag("--max-procs", "0")
      .flag("--timeout", "5s")
      .flag("--grace", "0")
      .program(storms + "fork_bomb.py", "50")
      .expect_exit(124);
}

TEST_CASE("workers that are forked anew for each epoch are left in peace") {
  on_debian_python().ranks(8).program(storms + "fork_workers.py", "30").expect_exit(0).expect_err("");
}

TEST_CASE("a program of many short commands is left in peace") {
  Launch{}
      .within(280s)
      .flag("--max-procs", "20")
      .program("sh", "-c", "i=0; while [ $i -lt 500 ]; do /bin/false; i=$((i + 1)); done; echo done")
      .expect_exit(0)
      .expect_out("done\n")
      .expect_err("");
}

TEST_CASE("threads are no processes") {
  on_debian_python().flag("--max-procs", "50").program(storms + "many_threads.py", "300").expect_exit(0).expect_err("");
}
