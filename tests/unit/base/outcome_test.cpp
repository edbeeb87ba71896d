#include "gpulaunch/base/outcome.hpp"

#include "catch.hpp"

using namespace gpulaunch;

TEST_CASE("an end is described for one process and for several") {
  CHECK(Outcome::exited(3).describe() == "exited with code 3");
  CHECK(Outcome::exited(3).describe_several() == "exited with code 3");
  CHECK(Outcome::signaled(11, true).describe() == "was killed by SIGSEGV (signal 11, core dumped)");
  CHECK(Outcome::signaled(9).describe_several() == "were killed by SIGKILL (signal 9)");
}
