#include "gpulaunch/process/task_count.hpp"

#include "catch.hpp"

#include <sys/wait.h>
#include <unistd.h>

using namespace gpulaunch;

TEST_CASE("the kernel's line of load says how many tasks there are and which number was given out last") {
  const auto count = parse_task_count("13.64 13.13 18.12 15/494 28463\n");
  REQUIRE(count);
  CHECK(count->tasks == 494);
  CHECK(count->last_pid == 28463);
}

TEST_CASE("a line of zeros or none at all says nothing") {
  for (const auto* line : {"", "0.00 0.00 0.00 0/0 0\n", "0.00 0.00 0.00", "1/x 3", "1/3", "1/3 x"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_task_count(line));
  }
}

TEST_CASE("a counter that stays open sees what is started") {
  const TaskCounter counter;
  const auto before = counter.read();
  if (!before) return;  // a kernel that does not say
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  CHECK(counter.read()->last_pid != before->last_pid);
}
