#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "processes.hpp"

#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

bool contains(const std::vector<pid_t>& pids, pid_t pid) { return std::ranges::find(pids, pid) != pids.end(); }

}  // namespace

TEST_CASE("an exit is seen while the zombie is still there, and only reaping takes it") {
  const pid_t pid = fork_actor([] { ::_exit(3); });
  wait_for_zombie(pid);
  for (int i = 0; i < 2; ++i) {
    const auto peeked = peek_exit();
    REQUIRE(peeked.exit);
    CHECK(peeked.exit->pid == pid);
    CHECK(peeked.exit->outcome == Outcome::exited(3));
    CHECK_FALSE(peeked.none_left);
  }
  CHECK(::kill(pid, 0) == 0);
  reap(pid);
  CHECK(peek_exit().none_left);
  CHECK_FALSE(peek_exit().exit);
}

TEST_CASE("a child that runs is neither an exit nor reaped") {
  const pid_t pid = fork_actor([] { sleep_for_ever(); });
  CHECK_FALSE(peek_exit().exit);
  CHECK_FALSE(peek_exit().none_left);
  CHECK_FALSE(peek_exit_of(pid));
  reap(pid);
  CHECK(::kill(pid, SIGKILL) == 0);
  CHECK(wait_for(pid) == Outcome::signaled(SIGKILL));
}

TEST_CASE("death by a signal is told from an exit code") {
  const pid_t killed = fork_actor([] { ::raise(SIGTERM); });
  CHECK(wait_for(killed) == Outcome::signaled(SIGTERM));
  const pid_t lookalike = fork_actor([] { ::_exit(128 + SIGTERM); });
  CHECK(wait_for(lookalike) == Outcome::exited(128 + SIGTERM));
}

TEST_CASE("a stop is told once") {
  const pid_t pid = fork_actor([] { ::raise(SIGSTOP); });
  wait_for_stop(pid);
  CHECK(take_stop_of(pid) == SIGSTOP);
  CHECK_FALSE(take_stop_of(pid));
  CHECK_FALSE(peek_exit_of(pid));
  ::kill(pid, SIGCONT);
  CHECK(wait_for(pid) == Outcome::exited(0));
}

TEST_CASE("groups that are not ours to signal are refused") {
  for (const pid_t group : {-5, -1, 0, 1, int(::getpgrp())}) {
    CAPTURE(group);
    CHECK_FALSE(signal_group(group, 0));
  }
  for (const pid_t pid : {-5, -1, 0, 1}) {
    CAPTURE(pid);
    CHECK_FALSE(signal_process(pid, -1, 0));
  }
}

TEST_CASE("one process is signalled by its pidfd or by its number, a group by its leader") {
  const auto child = [] {
    return fork_actor([] {
      ::setpgid(0, 0);
      sleep_for_ever();
    });
  };
  Spawner spawner({});
  const Command sleeper({"/bin/sleep", "1000"});
  const auto by_pidfd = spawner.start(sleeper.spec);
  REQUIRE(by_pidfd);
  CHECK(signal_process(by_pidfd->pid, by_pidfd->pidfd.get(), SIGUSR1));
  CHECK(wait_for(by_pidfd->pid) == Outcome::signaled(SIGUSR1));
  CHECK_FALSE(signal_process(by_pidfd->pid, by_pidfd->pidfd.get(), SIGUSR1));

  const pid_t by_number = child();
  CHECK(signal_process(by_number, -1, SIGUSR2));
  CHECK(wait_for(by_number) == Outcome::signaled(SIGUSR2));

  const auto by_group = spawner.start(sleeper.spec);
  REQUIRE(by_group);
  CHECK(signal_group(by_group->pid, SIGTERM));
  CHECK(wait_for(by_group->pid) == Outcome::signaled(SIGTERM));
}

TEST_CASE("a process has a name, and shells are known by theirs") {
  const auto pipe = make_pipe();
  const pid_t pid = fork_actor([&] {
    ::prctl(PR_SET_NAME, "odd ) (name\n");
    send_pid(pipe.write.get());
    sleep_for_ever();
  });
  receive_pid(pipe.read.get());
  CHECK(command_name(pid) == "odd ) (name\n");
  CHECK(contains(descendants(), pid));
  ::kill(pid, SIGKILL);
  CHECK(wait_for(pid) == Outcome::signaled(SIGKILL));
  CHECK(command_name(pid).empty());
  for (const auto* shell : {"sh", "bash", "dash", "zsh", "ksh", "mksh", "fish", "busybox", "ash", "csh", "tcsh"}) {
    CHECK(is_shell_name(shell));
  }
  for (const auto* other : {"", "python3", "bas", "bashful", "ssh"}) CHECK_FALSE(is_shell_name(other));
}
