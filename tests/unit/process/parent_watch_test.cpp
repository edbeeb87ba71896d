#include "gpulaunch/process/parent_watch.hpp"

#include "catch.hpp"
#include "processes.hpp"

#include <poll.h>
#include <unistd.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

TEST_CASE("a parent that has ended before it could be watched is told from one that is there") {
  CHECK(wait_for(fork_actor([] { ::_exit(watch_parent(::getppid()) ? 0 : 1); })) == Outcome::exited(0));
  CHECK(wait_for(fork_actor([] { ::_exit(watch_parent(::getpid()) ? 1 : 0); })) == Outcome::exited(0));
}

TEST_CASE("the end of a watched parent can be waited for") {
  const auto told = make_pipe();
  const auto go_on = make_pipe();
  const Subreaper reaper;
  const pid_t parent = fork_actor([&] {
    fork_actor([&] {
      const auto watch = watch_parent(::getppid());
      send_pid(told.write.get());
      if (watch && wait_readable(watch->get())) send_pid(told.write.get());
    });
    receive_pid(go_on.read.get());
  });
  const pid_t child = receive_pid(told.read.get());
  send_pid(go_on.write.get());
  CHECK(wait_for(parent) == Outcome::exited(0));
  CHECK(receive_pid(told.read.get()) == child);
  clear_descendants();
}
