// What a diagnosis adds to the block that a failed job leaves.
#include "catch.hpp"
#include "gpulaunch/report/failure_block.hpp"
#include "simulated_job.hpp"

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using Lines = std::vector<std::string>;

namespace {

Lines block_of(const Diagnosis& found, int code = 1) {
  const auto job = job_with_a_victim_first(found, code);
  return failure_block(record_of(job), {});
}

bool has_once(const Lines& block, const std::string& line) { return std::count(block.begin(), block.end(), line) == 1; }

}  // namespace

TEST_CASE("the rank to blame is the headline's, and the first to fail stands among the consequences") {
  auto found = out_of_memory(1);
  found.victims = {{0, "gloo-peer-closed", "Connection reset by peer"}};
  const auto block = block_of(found, 9);
  CHECK(block.front() == "gpulaunch: rank 1 exited with code 9");
  CHECK(has_once(block, "  cause (likely): The memory of the GPU did not suffice."));
  CHECK(has_once(block, "  fix: Use smaller batches."));
  CHECK(has_once(block, "  in consequence: rank 0 exited with code 1"));
  CHECK(block.back() == "gpulaunch: exit code 9 (rank 1's)");
}

TEST_CASE("a line that convinced is quoted once, with its rank where it is not among the last words") {
  auto found = out_of_memory(1);
  CHECK(has_once(block_of(found), "  | CUDA out of memory"));
  CHECK_FALSE(has_once(block_of(found), "  rank 1 said:"));
  found.quote = Quote{2, "NCCL WARN Cuda failure"};
  CHECK(has_once(block_of(found), "  rank 2 said:"));
  CHECK(has_once(block_of(found), "  | NCCL WARN Cuda failure"));
}

TEST_CASE("others than the headline's rank are named beside the cause") {
  auto found = out_of_memory(1);
  found.culprits = {2};
  CHECK(has_once(block_of(found), "  cause (likely, rank 2): The memory of the GPU did not suffice."));
}

TEST_CASE("that a program raised an exception is not said twice") {
  auto found = out_of_memory(1);
  found.signature = "python-exception";
  CHECK_FALSE(has_once(block_of(found), "  fix: Use smaller batches."));
  found.quote = Quote{1, "ValueError: long before"};
  CHECK(has_once(block_of(found), "  fix: Use smaller batches."));
}
