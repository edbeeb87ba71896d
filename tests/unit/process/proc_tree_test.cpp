#include "gpulaunch/process/proc_tree.hpp"

#include "catch.hpp"
#include "processes.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <thread>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

std::vector<pid_t> sorted_numbers(const std::vector<ProcessFacts>& tree) {
  std::vector<pid_t> numbers;
  numbers.reserve(tree.size());
  for (const auto& process : tree) numbers.push_back(process.pid);
  std::ranges::sort(numbers);
  return numbers;
}

}  // namespace

TEST_CASE("a stat line is read whatever the command calls itself") {
  for (const auto* name : {"python3", "a b", ") R 1 2 3", "(((", ")))", "x)\n(y", ""}) {
    CAPTURE(name);
    const auto facts = parse_stat("4711 (" + std::string(name) +
                                  ") S 47 4700 4699 34816 4700 4194560 100 0 0 0 5 3 0 0 20 0 12 0 987654321 1000 2\n");
    REQUIRE(facts);
    CHECK(facts->pid == 4711);
    CHECK(facts->state == 'S');
    CHECK(facts->parent == 47);
    CHECK(facts->group == 4700);
    CHECK(facts->session == 4699);
    CHECK(facts->threads == 12);
    CHECK(facts->start_time == 987654321);
  }
}

TEST_CASE("a line that is cut off or no stat line is refused") {
  for (const auto* line : {"", "4711", "4711 (true", "4711 (true)", "4711 (true) S 47 4700", "x (true) S 1 2 3"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_stat(line));
  }
}

TEST_CASE("where the stack begins and how a zombie ended stand further down the line") {
  const auto past = parse_past(
      "4711 (true) Z 47 4700 4699 34816 4700 4194560 100 0 0 0 5 3 0 0 20 0 1 0 987654321 23 24 18446744073709551615 "
      "26 "
      "27 140736 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 256\n");
  CHECK(past.stack == 140736);
  CHECK(past.exit_status == 256);
  CHECK(parse_past("4711 (true) Z 1 2 3").stack == 0);
}

TEST_CASE("a fork has its parent's stack and command until it executes something") {
  CHECK(command_line(::getpid()).find("unit_process") != std::string::npos);
  CHECK(command_line(0).empty());
  const pid_t fork = ::fork();
  if (fork == 0) ::_exit(::pause());
  REQUIRE(fork > 1);
  CHECK(read_past(fork).stack == read_past(::getpid()).stack);
  CHECK(command_line(fork) == command_line(::getpid()));
  if (fork > 1) ::kill(fork, SIGKILL);
  ::waitpid(fork, nullptr, 0);
}

TEST_CASE("our own facts are the kernel's") {
  const auto facts = read_facts(::getpid());
  REQUIRE(facts);
  CHECK(facts->parent == ::getppid());
  CHECK(facts->group == ::getpgrp());
  CHECK(facts->session == ::getsid(0));
  CHECK_FALSE(facts->dead());
  CHECK_FALSE(read_facts(0));
}

TEST_CASE("both ways to find the tree find the same, threads' children too, parents first") {
  const Subreaper reaper;
  const auto pids = make_pipe();
  const pid_t child = fork_actor([&] {
    ::prctl(PR_SET_NAME, ") Z (1");
    fork_actor([&] {
      send_pid(pids.write.get());
      sleep_for_ever();
    });
    std::thread([&] {
      fork_actor([&] {
        send_pid(pids.write.get());
        sleep_for_ever();
      });
      sleep_for_ever();
    }).detach();
    sleep_for_ever();
  });
  std::vector<pid_t> expected{child, receive_pid(pids.read.get()), receive_pid(pids.read.get())};
  std::ranges::sort(expected);
  const auto by_children = tree_by_children(1000);
  REQUIRE(by_children);
  CHECK(sorted_numbers(*by_children) == expected);
  CHECK(by_children->front().pid == child);
  const auto by_parents = tree_by_parents();
  CHECK(sorted_numbers(by_parents) == expected);
  CHECK(by_parents.front().pid == child);
  CHECK_FALSE(tree_by_children(2));  // the budget is less than the threads that there are
  CHECK(sorted_numbers(process_tree()) == expected);
  clear_descendants();
}

TEST_CASE("a process whose main thread has ended lives as long as another does") {
  const auto ready = make_pipe();
  const pid_t child = fork_actor([&] {
    std::thread([&] {
      // The main thread is a zombie when its state says so.
      while (read_facts(::getpid())->state != 'Z') ::sched_yield();
      send_pid(ready.write.get());
      sleep_for_ever();
    }).detach();
    ::syscall(SYS_exit, 0);  // this thread alone
  });
  CHECK(receive_pid(ready.read.get()) == child);
  const auto facts = read_facts(child);
  REQUIRE(facts);
  CHECK(facts->state == 'Z');
  CHECK_FALSE(facts->dead());
  ::kill(child, SIGKILL);
  wait_for_zombie(child);
  CHECK(read_facts(child)->dead());
  clear_descendants();
}
