// What happens while ranks are looked at, with a tool that takes as long as the test wants.
#include "catch.hpp"
#include "launch.hpp"

#include <signal.h>

#include <filesystem>

using namespace harness;
using namespace std::chrono_literals;

namespace {

// A gdb that says that it was called and then waits for `release`, before everything else that is installed.
class SlowTool {
 public:
  SlowTool() {
    const auto script = "#!/bin/sh\ntouch " + called() + "\nwhile [ ! -e " + release() + " ]; do sleep 0.02; done\n";
    write_program(folder_.file("gdb"), script);
  }
  [[nodiscard]] std::string called() const { return folder_.file("called"); }
  [[nodiscard]] std::string release() const { return folder_.file("release"); }
  [[nodiscard]] std::string path() const { return folder_.path().string() + ":/usr/bin:/bin"; }

 private:
  ScratchDir folder_;
};

Launch looked_at_slowly(const SlowTool& tool, const std::string& timeout = "300ms") {
  Launch launch;
  launch.ranks(2).env("PATH", tool.path()).flag("--hang-timeout", timeout).within(120s);
  return launch;
}

}  // namespace

TEST_CASE("a signal to stop ends the job while the ranks are looked at") {
  const SlowTool tool;
  const ScratchDir folder;
  auto job = looked_at_slowly(tool).flag("--events", folder.file("events")).worker("sleep forever").start();
  job.wait_for_file(tool.called()).signal(SIGTERM);
  job.finish().expect_killed_by(SIGTERM);
  const auto events = read_file(folder.file("events"));
  CHECK(contains(events, "ranks_inspected"));
  CHECK(contains(events, R"("reason":"signal")"));
  CHECK_FALSE(contains(events, R"("reason":"hung")"));
}

TEST_CASE("nobody is left when the front is killed while the ranks are looked at") {
  const SlowTool tool;
  auto job = looked_at_slowly(tool).worker("sleep forever").start();
  job.wait_for_file(tool.called()).signal(SIGKILL);
  job.finish().expect_killed_by(SIGKILL);
}

TEST_CASE("ranks that fail while they are looked at have failed") {
  const SlowTool tool;
  looked_at_slowly(tool)
      .worker("await " + tool.called() + " if rank==1", "exit 3 if rank==1", "sleep forever")
      .expect_exit(3)
      .expect_err_has("gpulaunch: rank 1 exited with code 3");
}

TEST_CASE("ranks that end well while they are looked at have succeeded") {
  const SlowTool tool;
  looked_at_slowly(tool).worker("await " + tool.called()).expect_exit(0).expect_err("");
}

TEST_CASE("a job that gets on while its ranks are looked at goes on") {
  const SlowTool tool;
  const ScratchDir folder;
  auto job = looked_at_slowly(tool, "3s")
                 .worker("await " + tool.called(), "print moving", "await " + folder.file("end"))
                 .start();
  job.wait_for_out("moving", 2);
  write_file(tool.release(), "");
  job.wait_for_err("there was progress while the ranks were looked at: the job goes on");
  write_file(folder.file("end"), "");
  job.finish().expect_exit(0);
}

TEST_CASE("option --dump-on shows what the ranks do, and the job goes on without having seen the signal") {
  const ScratchDir folder;
  auto job = Launch{}
                 .ranks(2)
                 .flag("--dump-on", "USR1")
                 .flag("--events", folder.file("events"))
                 .worker("trap USR1 print got USR1", "trap USR2 exit 0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2).signal(SIGUSR1);
  job.wait_for_err("gpulaunch: SIGUSR1: what the ranks are doing (--dump-on)\n").wait_for_err("last output ");
  job.signal(SIGUSR2).finish().expect_exit(0).expect_out_lacks("got USR1").expect_err_has("asleep in ");
  const auto events = read_file(folder.file("events"));
  CHECK(contains(events, R"("event":"ranks_inspected")"));
  CHECK(contains(events, R"("signal":"SIGUSR1")"));
  CHECK_FALSE(contains(events, "hang_suspected"));
}

TEST_CASE("a guarded command can be looked at too") {
  const ScratchDir folder;
  auto job =
      Launch{}
          .program("guard", "--dump-on", "USR1", Launch::worker_path(), "print ready", "await " + folder.file("go-on"))
          .start();
  job.wait_for_out("ready").signal(SIGUSR1).wait_for_err("what the ranks are doing");
  write_file(folder.file("go-on"), "");
  job.finish().expect_exit(0);
}

TEST_CASE("options about hangs that cannot be are refused with one line") {
  expect_usage_error(Launch{}.flag("--dump-on", "KILL").program("true").run(), {"--dump-on", "'KILL'", "USR1"});
  expect_usage_error(Launch{}.flag("--hang-timeout", "1s").flag("--progress-regex", "step (").program("true").run(),
                     {"--progress-regex", "'step ('", "RE2"});
  expect_usage_error(Launch{}.program("guard", "--hang-timeout", "1s", "true").run(), {"--hang-timeout", "guard"});
  expect_usage_error(Launch{}.flag("--hang-timeout", "-1").program("true").run(), {"--hang-timeout", "'-1'"});
}
