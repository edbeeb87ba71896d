#include "gpulaunch/process/leftovers.hpp"

#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "processes.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

using Why = Leftover::Why;

// In an actor: a process of another family than the traced one's parent.
[[noreturn]] void trace(pid_t target, const Pipe& ready) {
  if (::ptrace(PTRACE_SEIZE, target, nullptr, nullptr) != 0) ::_exit(77);
  send_pid(ready.write.get());
  sleep_for_ever();
}

}  // namespace

TEST_CASE("a living process is left over with its name and state, one that ended is not") {
  const auto ready = make_pipe();
  const pid_t alive = fork_actor([&] {
    ::prctl(PR_SET_NAME, "odd ) (name");
    send_pid(ready.write.get());
    sleep_for_ever();
  });
  CHECK(receive_pid(ready.read.get()) == alive);
  wait_for_zombie(fork_actor([] {}));
  const auto left = leftovers();
  REQUIRE(left.size() == 1);
  CHECK(left[0].pid == alive);
  CHECK(left[0].command == "odd ) (name");
  CHECK(left[0].why == Why::slow);
  CHECK(left[0].tracer == 0);
  CHECK_FALSE(left[0].dead());
  CHECK(mentions(describe(left[0]), std::to_string(alive) + " (odd ) (name) is still there (state "));
  clear_descendants();
}

TEST_CASE("a zombie that a debugger holds is named with its tracer, and counts as dead") {
  const auto ready = make_pipe();
  const pid_t target = fork_actor([] { sleep_for_ever(); });
  const pid_t tracer = fork_actor([&] { trace(target, ready); });
  if (!wait_readable(ready.read.get()) || peek_exit_of(tracer)) {
    WARN("skipped: tracing is not allowed here");
    clear_descendants();
    return;
  }
  ::kill(target, SIGKILL);
  // The tracer is told first; its zombie is not shown to us.
  const auto of_target = [&] {
    for (const auto& one : leftovers()) {
      if (one.pid == target) return one;
    }
    return Leftover{};
  };
  while (!of_target().dead()) ::sched_yield();
  const auto left = of_target();
  CHECK(left.why == Why::held_by_tracer);
  CHECK(left.tracer == tracer);
  CHECK(mentions(describe(left), "has ended, but cannot be reaped: it is traced by " + std::to_string(tracer)));
  clear_descendants();
}

TEST_CASE("a process that cannot be interrupted is told from others") {
  const Subreaper reaper;  // its child outlives it
  const pid_t parent = fork_actor([] {
    // Its parent is in state D until it execs or ends. A raw call: ThreadSanitizer makes a fork of vfork.
    if (::syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) == 0) sleep_for_ever();
  });
  const auto of_parent = [&] {
    for (const auto& one : leftovers()) {
      if (one.pid == parent) return one;
    }
    return Leftover{};
  };
  while (of_parent().state != 'D') ::sched_yield();
  const auto left = of_parent();
  CHECK(left.why == Why::uninterruptible);
  CHECK(mentions(describe(left), "waits in the kernel (state D"));
  CHECK(mentions(describe(left), "cannot be interrupted"));
  clear_descendants();
}

TEST_CASE("a process of another user is not ours to kill") {
  if (::getuid() != 0) {
    WARN("skipped: only root can start a process as another user");
    return;
  }
  const Subreaper reaper;  // before it is started: it may end at once
  const auto pids = make_pipe();
  const pid_t launcher = fork_actor([&] {
    const pid_t other = fork_actor([&] {
      send_pid(pids.write.get());
      sleep_for_ever();
    });
    if (::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
    receive_pid(pids.read.get());
    const auto left = leftovers();
    const bool told = left.size() == 1 && left[0].pid == other && left[0].why == Why::not_ours_to_kill &&
                      mentions(describe(left[0]), "runs as another user");
    ::_exit(told ? 0 : 1);
  });
  CHECK(wait_for(launcher) == Outcome::exited(0));
  clear_descendants();
}

TEST_CASE("the GPU files that it has open are named, each once") {
  const Leftover left{.why = Why::uninterruptible,
                      .pid = 7,
                      .command = "python3",
                      .state = 'D',
                      .waits_in = "os_acquire_mutex",
                      .devices = {"/dev/nvidia0", "/dev/nvidiactl"}};
  CHECK(describe(left) ==
        "7 (python3) waits in the kernel (state D, os_acquire_mutex) and cannot be interrupted; "
        "it has /dev/nvidia0, /dev/nvidiactl open");
}
