// --isolate pid: the kernel itself kills what is left.
#include "catch.hpp"
#include "launch.hpp"

#include <signal.h>
#include <unistd.h>

using namespace harness;

namespace {

// Root, or a user who may make user namespaces, with a /proc that may be mounted anew.
bool cannot_isolate() { return skipped_unless(can_isolate(), "no pid namespace can be made here"); }

}  // namespace

TEST_CASE("an isolated job runs in a namespace whose first process is the core") {
  if (cannot_isolate()) return;
  const auto finished = Launch{}
                            .ranks(2)
                            .flag("--isolate", "pid")
                            .flag("--label", "never")
                            .program("sh", "-c", "cat /proc/1/comm; [ $$ -lt 20 ] && echo small")
                            .expect_exit(0);
  CHECK(count_of(finished.out, "gl-core") == 2);
  CHECK(count_of(finished.out, "small") == 2);
}

TEST_CASE("an isolated job fails, is stopped and times out like any other") {
  if (cannot_isolate()) return;
  Launch{}.ranks(2).flag("--isolate", "pid").worker("exit 3 if rank==1", "sleep forever").expect_exit(3);
  Launch{}.ranks(2).flag("--isolate", "pid").flag("--timeout", "200ms").worker("sleep forever").expect_exit(124);
  auto job = Launch{}.ranks(2).flag("--isolate", "pid").worker("print ready", "sleep forever").start();
  job.wait_for_out("ready", 2).signal(SIGTERM);
  job.finish().expect_killed_by(SIGTERM);
}

TEST_CASE("an isolated job does not outlive its launcher, not even as a daemon") {
  if (cannot_isolate()) return;
  auto job = Launch{}
                 .ranks(2)
                 .flag("--isolate", "pid")
                 .program("sh", "-c", "(setsid sleep 1000 &) ; echo ready; sleep 1000")
                 .start();
  job.wait_for_out("ready", 2).signal(SIGKILL);
  job.finish().expect_killed_by(SIGKILL);
}

TEST_CASE("a machine that refuses namespaces says so before anything is started") {
  if (skipped_unless(::geteuid() == 0, "only root can forbid it to a command")) return;
  Launch{}
      .through({"/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c",
                "echo 0 > /proc/sys/user/max_pid_namespaces && exec \"$@\"", "sh"})
      .ranks(2)
      .flag("--isolate", "pid")
      .worker("print started")
      .expect_exit(125)
      .expect_out("")
      .expect_err_has("--isolate pid: this machine refuses a pid namespace");
}
