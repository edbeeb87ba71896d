#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/kill_desk.hpp"
#include "processes.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

// Every descendant holds the witness pipe's write end and announces itself on the other pipe.
struct Stage {
  Pipe witness = make_pipe();
  Pipe pids = make_pipe();

  pid_t announced() const { return receive_pid(pids.read.get()); }
  void announce() const { send_pid(pids.write.get()); }
  // In this process: only descendants hold the witness from here on.
  bool all_dead() {
    witness.write.reset();
    return everyone_let_go(witness.read.get());
  }
};

[[noreturn]] void announce_and_sleep(const Stage& stage) {
  stage.announce();
  sleep_for_ever();
}

void fork_sleeper(const Stage& stage) {
  if (::fork() == 0) announce_and_sleep(stage);
}

void fork_daemon(const Stage& stage) {
  if (::fork() != 0) return;
  ::setsid();
  fork_sleeper(stage);
  ::_exit(0);
}

// fork, the parent exits, setsid, again and again; the first hop is announced.
[[noreturn]] void hop(const Stage& stage) {
  for (bool first = true;; first = false) {
    const pid_t pid = ::fork();
    if (pid != 0) ::_exit(pid < 0 ? 1 : 0);
    ::setsid();
    if (first) stage.announce();
  }
}

bool contains(const std::vector<pid_t>& pids, pid_t pid) { return std::ranges::find(pids, pid) != pids.end(); }

// Passes with reaping between, as a supervisor does it, until the kernel says that nobody is left.
void kill_until_none_left() {
  KillDesk desk;
  while (true) {
    desk.kill_descendants();
    auto peeked = peek_exit();
    for (; peeked.exit; peeked = peek_exit()) reap(peeked.exit->pid);
    if (peeked.none_left) return;
  }
}

}  // namespace

TEST_CASE("a session's members are its living processes without the leader and without strangers") {
  const Subreaper reaper;
  const Stage stage;
  const pid_t leader = fork_actor([&] {
    ::setsid();
    fork_sleeper(stage);
    announce_and_sleep(stage);
  });
  const std::array first{stage.announced(), stage.announced()};
  const pid_t member = first[0] == leader ? first[1] : first[0];
  CHECK(session_members(leader) == std::vector{member});
  ::kill(leader, SIGUSR1);
  wait_for_zombie(leader);
  CHECK(session_members(leader) == std::vector{member});
  CHECK(descendants() == std::vector{member});
  ::kill(member, SIGKILL);
  wait_for_zombie(member);
  CHECK(session_members(leader).empty());
  clear_descendants();
}

TEST_CASE("killing a session takes its orphans, its stopped and its setsid children, and nobody else") {
  const Subreaper reaper;
  Stage others;
  const pid_t bystander = fork_actor([&] {
    ::setsid();
    announce_and_sleep(others);
  });
  CHECK(others.announced() == bystander);
  Stage stage;
  const pid_t leader = fork_actor([&] {
    ::setsid();
    fork_sleeper(stage);
    if (::fork() == 0) {  // another group, as a shell makes them
      ::setpgid(0, 0);
      ::raise(SIGSTOP);
    }
    if (::fork() == 0) {  // left the session, but its parent is in it
      ::setsid();
      announce_and_sleep(stage);
    }
    if (::fork() == 0) {  // an orphan within the session
      fork_sleeper(stage);
      ::_exit(0);
    }
    announce_and_sleep(stage);
  });
  for (int i = 0; i < 4; ++i) CHECK(stage.announced() > 0);
  KillDesk().kill_session(leader);
  CHECK(stage.all_dead());
  CHECK(wait_for(leader) == Outcome::signaled(SIGKILL));
  CHECK_FALSE(peek_exit_of(bystander));
  clear_descendants();
}

TEST_CASE("killing a session works after its leader has died, before and after it is reaped") {
  const Subreaper reaper;
  const bool reap_first = GENERATE(false, true);
  Stage stage;
  const pid_t leader = fork_actor([&] {
    ::setsid();
    fork_sleeper(stage);
  });
  CHECK(stage.announced() > 0);
  wait_for_zombie(leader);
  if (reap_first) reap(leader);
  KillDesk().kill_session(leader);
  CHECK(stage.all_dead());
  clear_descendants();
}

TEST_CASE("the session of a rank that lives in ours is ours, and we survive its end") {
  const Subreaper reaper;
  Stage stage;
  const pid_t leader = fork_actor([&] {
    ::setpgid(0, 0);
    if (::fork() == 0) {
      ::setpgid(0, 0);
      announce_and_sleep(stage);
    }
    announce_and_sleep(stage);
  });
  for (int i = 0; i < 2; ++i) CHECK(stage.announced() > 0);
  CHECK(session_members(leader).size() == 1);
  KillDesk().kill_session(leader);
  CHECK(stage.all_dead());
  CHECK(wait_for(leader) == Outcome::signaled(SIGKILL));
  clear_descendants();
}

TEST_CASE("a daemon that double-forked out of its session becomes our child and is killed at the end") {
  const Subreaper reaper;
  Stage stage;
  const pid_t leader = fork_actor([&] {
    ::setsid();
    fork_daemon(stage);
  });
  const pid_t daemon = stage.announced();
  CHECK(wait_for(leader) == Outcome::exited(0));
  CHECK(contains(descendants(), daemon));
  kill_until_none_left();
  CHECK(stage.all_dead());
}

TEST_CASE("descendants that ignore, block, stop and hide are all gone when none is left") {
  const Subreaper reaper;
  Stage stage;
  fork_actor([&] {
    for (const int signo : {SIGTERM, SIGINT, SIGHUP}) ::signal(signo, SIG_IGN);
    fork_daemon(stage);
    if (::fork() == 0) {
      stage.announce();
      ::raise(SIGSTOP);
    }
    announce_and_sleep(stage);
  });
  fork_actor([&] {  // a reaper of its own below us
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    fork_daemon(stage);
    announce_and_sleep(stage);
  });
  for (int i = 0; i < 5; ++i) CHECK(stage.announced() > 0);
  kill_until_none_left();
  CHECK(stage.all_dead());
}

TEST_CASE("an orphan that was cloned without an exit signal is seen and reaped") {
  const Subreaper reaper;
  Stage stage;
  const pid_t parent = fork_actor([&] {
    std::array<char, 16384> stack{};
    const auto run = [](void* opaque) -> int { announce_and_sleep(*static_cast<const Stage*>(opaque)); };
    ::clone(run, stack.data() + stack.size(), 0, &stage);
  });
  const pid_t orphan = stage.announced();
  wait_for_zombie(parent);
  CHECK(contains(descendants(), orphan));
  kill_until_none_left();
  CHECK(stage.all_dead());
}

TEST_CASE("hoppers that change pid and session all the time do not get away") {
  const Subreaper reaper;
  Stage stage;
  constexpr int hoppers = 16;
  for (int i = 0; i < hoppers; ++i) fork_actor([&] { hop(stage); });
  for (int i = 0; i < hoppers; ++i) CHECK(stage.announced() > 0);
  kill_until_none_left();
  CHECK(stage.all_dead());
}

TEST_CASE("where /proc shows another namespace's numbers, children are found without it") {
  const pid_t outer = fork_actor([] {
    if (::unshare(CLONE_NEWPID) != 0) ::_exit(77);
    const pid_t init = fork_actor([] {
      Stage stage;
      fork_actor([&] {
        ::setsid();
        fork_daemon(stage);
        announce_and_sleep(stage);
      });
      for (int i = 0; i < 2; ++i) stage.announced();
      const bool blind = descendants().empty();
      kill_until_none_left();
      ::_exit(blind && stage.all_dead() ? 0 : 1);
    });
    ::_exit(wait_for(init).exit_code());
  });
  const auto outcome = wait_for(outer);
  if (outcome == Outcome::exited(77)) {
    WARN("skipped: no right to make a pid namespace");
    return;
  }
  CHECK(outcome == Outcome::exited(0));
}
