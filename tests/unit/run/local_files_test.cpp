#include "gpulaunch/run/local_files.hpp"

#include "catch.hpp"

using namespace gpulaunch;

// /dev is a file system of the machine's memory wherever it can be; /proc has no data at all.
TEST_CASE("files of this machine are told from others, whether they exist or not") {
  const LocalFiles local;
  CHECK_FALSE(local.has("/proc/version"));
  CHECK_FALSE(local.has("/proc/self/no_such_file"));
  CHECK(local.has("/dev/no_such_file") == local.has("/dev/null"));
  CHECK_FALSE(local.has(""));
}
