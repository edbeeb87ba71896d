// The kill on a machine that has nothing left: every call that would ask the kernel for memory or for a process ends
// the guardian, and the heap is used up before.
#include "catch.hpp"
#include "gpulaunch/process/end_everyone.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/kill_desk.hpp"
#include "gpulaunch/process/number_set.hpp"
#include "processes.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cstdlib>
#include <stddef.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

constexpr int crowd = 300;
constexpr int cannot_filter = 77;

// Whoever calls for memory, for a process or for a lock is killed.
bool forbid_greed() {
  constexpr std::array<std::uint32_t, 6> greedy{SYS_mmap, SYS_brk, SYS_mremap, SYS_clone, SYS_clone3, SYS_futex};
  std::array<sock_filter, 2 * greedy.size() + 2> filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  std::size_t end = 1;
  for (const auto call : greedy) {
    filter[end++] = sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
    filter[end++] = sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  }
  filter[end++] = sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const sock_fprog program{static_cast<unsigned short>(end), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

// No page more, not for the stack either.
void use_up_memory() {
  constexpr rlimit nothing{0, 0};
  REQUIRE(::setrlimit(RLIMIT_AS, &nothing) == 0);
  for (std::size_t size = std::size_t{1} << 24; size >= 16; size /= 2) {
    for (void* part = std::malloc(size); part != nullptr; part = std::malloc(size)) {
      asm volatile("" : : "r"(part) : "memory");  // or the compiler leaves the call out
    }
  }
}

// Leaders, their children and strangers in sessions of their own, a hundred of each; the tree is three deep.
void gather_crowd(const Pipe& pids) {
  for (int i = 0; i < crowd / 3; ++i) {
    fork_actor([&] {
      ::setsid();
      if (::fork() == 0) {
        if (::fork() == 0) ::setsid();
      }
      send_pid(pids.write.get());
      sleep_for_ever();
    });
  }
  for (int i = 0; i < crowd; ++i) receive_pid(pids.read.get());
}

[[noreturn]] void end_crowd_without_memory() {
  const Subreaper reaper;
  KillDesk desk;
  gather_crowd(make_pipe());
  use_up_memory();
  if (!forbid_greed()) ::_exit(cannot_filter);
  const bool ended = end_everyone(desk, std::nullopt);
  ::syscall(SYS_exit_group, ended ? 0 : 1);
  ::abort();
}

void end_crowd_from(KillDesk& desk) {
  const Subreaper reaper;
  Pipe witness = make_pipe();
  gather_crowd(make_pipe());
  witness.write.reset();
  CHECK(end_everyone(desk, std::nullopt));
  CHECK(everyone_let_go(witness.read.get()));
}

}  // namespace

TEST_CASE("three hundred processes are killed without memory, locks or new processes") {
#ifdef GPULAUNCH_SANITIZED
  WARN("skipped: a sanitizer takes memory of its own");
  return;
#endif
  const Subreaper reaper;
  const pid_t guardian = fork_actor([] { end_crowd_without_memory(); });
  const auto outcome = wait_for(guardian);
  clear_descendants();
  if (outcome == Outcome::exited(cannot_filter)) {
    WARN("skipped: seccomp filters are not allowed here");
    return;
  }
  CHECK(outcome == Outcome::exited(0));
}

TEST_CASE("the filter of the test before does end a process that asks for memory") {
  const pid_t asker = fork_actor([] {
    if (!forbid_greed()) ::_exit(cannot_filter);
    ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  });
  const auto outcome = wait_for(asker);
  CHECK((outcome == Outcome::exited(cannot_filter) || outcome == Outcome::signaled(SIGSYS, true) ||
         outcome == Outcome::signaled(SIGSYS)));
}

TEST_CASE("more processes than the desk has room for are all killed") {
  const auto room = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{8}, std::size_t{128});
  CAPTURE(room);
  KillDesk desk(room);
  end_crowd_from(desk);
}

TEST_CASE("a session with more members than the desk has room for is killed, and no other") {
  const Subreaper reaper;
  const auto others = make_pipe();
  const pid_t bystander = fork_actor([&] {
    ::setsid();
    send_pid(others.write.get());
    sleep_for_ever();
  });
  CHECK(receive_pid(others.read.get()) == bystander);
  const auto pids = make_pipe();
  Pipe witness = make_pipe();
  constexpr int members = 50;
  const pid_t leader = fork_actor([&] {
    ::setsid();
    for (int i = 1; i < members; ++i) {
      if (::fork() == 0) break;
    }
    if (::getsid(0) != ::getpid()) ::setpgid(0, 0);  // out of the leader's group
    send_pid(pids.write.get());
    sleep_for_ever();
  });
  for (int i = 0; i < members; ++i) receive_pid(pids.read.get());
  witness.write.reset();
  KillDesk(8).kill_session(leader);
  CHECK(wait_for(leader) == Outcome::signaled(SIGKILL));
  CHECK_FALSE(peek_exit_of(bystander));
  ::kill(bystander, SIGKILL);
  CHECK(everyone_let_go(witness.read.get()));
  clear_descendants();
}

TEST_CASE("a set of numbers knows what it was given, zero too, and forgets what does not fit") {
  std::array<std::uint64_t, 8> slots{};
  NumberSet set(slots);
  for (const std::uint64_t number : {0, 8, 16, 3}) {
    CHECK_FALSE(set.contains(number));
    CHECK(set.insert(number));
    CHECK_FALSE(set.insert(number));
  }
  CHECK(set.insert(5));
  CHECK(set.insert(5));
  CHECK_FALSE(set.contains(5));
  CHECK(set.contains(0));
  set.clear();
  CHECK_FALSE(set.contains(0));
  CHECK_FALSE(NumberSet({}).contains(0));
}
