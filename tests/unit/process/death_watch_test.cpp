// Signs of an end, and what they prove. The memory of the actors is large enough for their ends to take a while.
#include "gpulaunch/process/death_watch.hpp"

#include "catch.hpp"
#include "gpulaunch/process/end_ahead.hpp"
#include "gpulaunch/process/family.hpp"
#include "processes.hpp"

#include <climits>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <thread>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using Kind = EndAhead::Kind;

namespace {

constexpr unsigned exiting = 0x4;
constexpr unsigned dumping = 0x200;

void start_idle_thread() { std::thread(sleep_for_ever).detach(); }

// An actor that says when it is in place, and acts when it is told to.
struct Actor {
  explicit Actor(int threads, const std::function<void()>& act) {
    auto in_place = make_pipe();
    auto order = make_pipe();
    pid = fork_actor([&] {
      order.write.reset();
      for (int i = 0; i < threads; ++i) start_idle_thread();
      send_pid(in_place.write.get());
      read_to_end(order.read.get());
      act();
    });
    receive_pid(in_place.read.get());
    go_on = std::move(order.write);
  }
  Actor(const Actor&) = delete;
  Actor& operator=(const Actor&) = delete;
  ~Actor() {
    if (pid <= 1) return;
    ::kill(pid, SIGKILL);
    wait_for(pid);
  }
  // As a zombie: all signs of the end are there to stay.
  void end() {
    go_on.reset();
    wait_for_zombie(pid);
  }

  pid_t pid = -1;
  Fd go_on;
};

bool threads_known() {
  const Fd own = Fd(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), O_EXCL)));
  return static_cast<bool>(own);
}

TaskEnd task(char state, unsigned flags, int threads, int status) { return {state, flags, threads, status}; }

}  // namespace

TEST_CASE("the status of a lone main thread that ends is the process's") {
  CHECK(judge_end(task('R', exiting, 1, 0x100), {}).kind == Kind::badly);
  CHECK(judge_end(task('R', exiting, 1, 0x100), {}).outcome == Outcome::exited(1));
  CHECK(judge_end(task('Z', exiting, 1, 9), {}).outcome == Outcome::signaled(SIGKILL));
  CHECK(judge_end(task('R', dumping, 1, 6), {}).outcome == Outcome::signaled(SIGABRT));
  CHECK(judge_end(task('R', exiting, 1, 0), {}).kind == Kind::well);
  CHECK(judge_end(task('S', 0, 1, 0), {}).kind == Kind::none);
}

TEST_CASE("a main thread that ends beside others says nothing about the process") {
  CHECK(judge_end(task('Z', exiting, 4, 0x500), task('S', 0, 4, 0)).kind == Kind::none);
  CHECK(judge_end(task('Z', exiting, 4, 0x500), {}).kind == Kind::none);
  CHECK(judge_end(task('Z', exiting, 4, 0), task('S', 0, 4, 0)).kind == Kind::none);
}

TEST_CASE("a status that two threads show is the process's") {
  CHECK(judge_end(task('Z', exiting, 4, 0x500), task('R', 0, 4, 0x500)).outcome == Outcome::exited(5));
  CHECK(judge_end(task('D', 0, 4, 6), task('D', 0, 4, 6)).outcome == Outcome::signaled(SIGABRT));
}

TEST_CASE("a stop is no end, whoever caused it") {
  CHECK(judge_end(task('T', 0, 1, SIGSTOP), {}).kind == Kind::none);
  CHECK(judge_end(task('S', 0, 4, SIGSTOP), task('S', 0, 4, SIGSTOP)).kind == Kind::none);
  CHECK(judge_end(task('t', 0, 4, SIGTRAP), task('t', 0, 4, SIGTRAP)).kind == Kind::none);
  CHECK(judge_end(task('S', 0, 4, SIGTRAP), task('t', 0, 4, SIGTRAP)).kind == Kind::none);
}

TEST_CASE("the kernel tells the status of a process that ends") {
  Actor failing(0, [] { ::_exit(3); });
  CHECK(end_ahead_of(failing.pid).kind == Kind::none);
  failing.end();
  CHECK(end_ahead_of(failing.pid).outcome == Outcome::exited(3));
  Actor well(0, [] { ::_exit(0); });
  well.end();
  CHECK(end_ahead_of(well.pid).kind == Kind::well);
  Actor killed(2, [] { ::raise(SIGKILL); });
  killed.end();
  CHECK(end_ahead_of(killed.pid).outcome == Outcome::signaled(SIGKILL));
}

TEST_CASE("a main thread that leaves the others behind is no end") {
  Actor leaving(2, [] { ::syscall(SYS_exit, 5); });
  const Fd statm = open_statm(leaving.pid);
  leaving.go_on.reset();
  while (look_at_memory(statm.get()).kind == MemoryLook::Kind::mapped) ::poll(nullptr, 0, 1);
  CHECK(look_at_memory(statm.get()).kind == MemoryLook::Kind::none);
  CHECK(end_ahead_of(leaving.pid).kind == Kind::none);
  ::kill(leaving.pid, SIGKILL);
  wait_for_zombie(leaving.pid);
  CHECK(end_ahead_of(leaving.pid).outcome == Outcome::signaled(SIGKILL));
}

TEST_CASE("a stopped process does not end") {
  Actor stopped(1, [] { ::raise(SIGSTOP); });
  stopped.go_on.reset();
  wait_for_stop(stopped.pid);
  CHECK(end_ahead_of(stopped.pid).kind == Kind::none);
}

TEST_CASE("a process that is gone shows nothing") {
  const pid_t pid = fork_actor([] {});
  const Fd statm = open_statm(pid);
  const Fd status = open_status(pid);
  CHECK(wait_for(pid) == Outcome::exited(0));
  CHECK(end_ahead_of(pid).kind == Kind::none);
  CHECK(look_at_memory(statm.get()).kind == MemoryLook::Kind::unreadable);
  CHECK_FALSE(is_dumping_core(status.get()));
  CHECK_FALSE(open_statm(pid));
  ThreadWatch watch;
  CHECK(watch.arm(pid, INT_MAX) == ThreadWatch::Armed::as_possible);
  CHECK_FALSE(watch.any());
}

TEST_CASE("threads beside the main one are watched, and tell when they end") {
  if (!threads_known()) return;  // before Linux 6.9
  Actor actor(3, [] { ::_exit(1); });
  ThreadWatch watch;
  CHECK(watch.arm(actor.pid, INT_MAX) == ThreadWatch::Armed::as_possible);
  REQUIRE(watch.full());
  CHECK(watch.fd(0) != watch.fd(1));
  pollfd silent{watch.fd(0), POLLIN, 0};
  CHECK(::poll(&silent, 1, 0) == 0);
  actor.go_on.reset();
  for (const std::size_t slot : {0U, 1U}) CHECK(wait_readable(watch.fd(slot)));
  watch.drop(0);
  CHECK_FALSE(watch.full());
  CHECK(watch.any());
}

// A program of its own: a fork of this one has a thread of ThreadSanitizer's.
TEST_CASE("a process without a second thread has nobody to watch") {
  Command command({"/bin/sleep", "1000"});
  const auto child = Spawner(inherited_signals()).start(command.spec);
  REQUIRE(child);
  ThreadWatch watch;
  CHECK(watch.arm(child->pid, INT_MAX) == ThreadWatch::Armed::as_possible);
  CHECK_FALSE(watch.any());
  clear_descendants();
}

TEST_CASE("descriptors that others need are given back") {
  if (!threads_known()) return;
  Actor actor(1, [] {});
  ThreadWatch watch;
  CHECK(watch.arm(actor.pid, 0) == ThreadWatch::Armed::no_descriptors);
  CHECK_FALSE(watch.any());
}

TEST_CASE("the size of a process's memory is read") {
  CHECK(parse_statm("100 25 3 1 0 9 0\n", 4096).resident == 25UL * 4096);
  CHECK(parse_statm("100 25 3 1 0 9 0\n", 4096).kind == MemoryLook::Kind::mapped);
  CHECK(parse_statm("0 0 0 0 0 0 0\n", 4096).kind == MemoryLook::Kind::none);
  for (const auto* line : {"", "x", "12", "12 ", "12 x"}) {
    CAPTURE(line);
    CHECK(parse_statm(line, 4096).kind == MemoryLook::Kind::unreadable);
  }
  const Fd own = open_statm(::getpid());
  CHECK(look_at_memory(own.get()).resident > 100'000);
}

TEST_CASE("nobody is taken to dump core who does not") {
  const Fd own = open_status(::getpid());
  CHECK_FALSE(is_dumping_core(own.get()));
  CHECK_FALSE(is_dumping_core(-1));
}
