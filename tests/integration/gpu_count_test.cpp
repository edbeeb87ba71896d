// GPUs as NVML counts them, with a library of the tests in NVML's place (tests/fixtures/fake_nvml).
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

using namespace harness;

namespace {

Launch with_gpus(int count) {
  Launch launch;
  launch.without_env("CUDA_VISIBLE_DEVICES").env("LD_LIBRARY_PATH", GPULAUNCH_FAKE_NVML);
  std::string gpus;
  for (int i = 0; i < count; ++i) {
    gpus +=
        (i == 0 ? "" : ",") + ("GPU-0000000" + std::to_string(i)) + "@00000000:0" + std::to_string(i) + ":00.0@Fake";
  }
  launch.env("FAKE_NVML_GPUS", gpus);
  return launch;
}

std::size_t ranks_started(const Launch& launch) { return split_lines(launch.run().expect_exit(0).out).size(); }

}  // namespace

TEST_CASE("option --nproc gpu and auto start one rank for each GPU") {
  CHECK(ranks_started(with_gpus(4).flag("--nproc", "gpu").worker("print x")) == 4);
  CHECK(ranks_started(with_gpus(3).flag("--nproc", "auto").worker("print x")) == 3);
}

TEST_CASE("CUDA_VISIBLE_DEVICES is the pool that is counted") {
  CHECK(ranks_started(with_gpus(4).env("CUDA_VISIBLE_DEVICES", "2,0").flag("--nproc", "gpu").worker("print x")) == 2);
}

TEST_CASE("option --nproc gpu without a GPU is refused") {
  expect_usage_error(with_gpus(0).flag("--nproc", "gpu").program("true").run(), {"--nproc gpu"});
  expect_usage_error(with_gpus(4).env("CUDA_VISIBLE_DEVICES", "").flag("--nproc", "gpu").program("true").run(),
                     {"--nproc gpu"});
}

TEST_CASE("more ranks than GPUs are refused with both numbers and the way out") {
  expect_usage_error(with_gpus(4).ranks(5).program("true").run(), {"5", "4", "--oversubscribe"});
  CHECK(ranks_started(with_gpus(4).ranks(5).flag("--oversubscribe").worker("print x")) == 5);
  CHECK(ranks_started(with_gpus(4).env("CUDA_VISIBLE_DEVICES", "").ranks(5).worker("print x")) == 5);
}

TEST_CASE("as torchrun more ranks than GPUs are a notice alone") {
  const auto finished = with_gpus(2).called("torchrun").ranks(3).flag("--no-python").worker("print x").expect_exit(0);
  CHECK(split_lines(finished.out).size() == 3);
  CHECK(split_lines(finished.err).size() == 1);
}

TEST_CASE("all devices are visible to every rank by default") {
  with_gpus(2)
      .ranks(2)
      .worker("env CUDA_VISIBLE_DEVICES")
      .expect_exit(0)
      .expect_lines({labelled(0, "CUDA_VISIBLE_DEVICES is not set"), labelled(1, "CUDA_VISIBLE_DEVICES is not set")});
}

TEST_CASE("option --devices isolate gives each rank one GPU by its UUID") {
  const auto finished =
      with_gpus(2).ranks(2).flag("--devices", "isolate").worker("env CUDA_VISIBLE_DEVICES").expect_exit(0);
  const auto first = variables_of_rank(finished.out, 0).at("CUDA_VISIBLE_DEVICES");
  const auto second = variables_of_rank(finished.out, 1).at("CUDA_VISIBLE_DEVICES");
  CHECK(first.rfind("GPU-", 0) == 0);
  CHECK(second.rfind("GPU-", 0) == 0);
  CHECK(first != second);
}

TEST_CASE("option --devices isolate passes the user's own tokens on and never widens the pool") {
  const auto finished = with_gpus(4)
                            .env("CUDA_VISIBLE_DEVICES", "3,1")
                            .ranks(2)
                            .flag("--devices", "isolate")
                            .worker("env CUDA_VISIBLE_DEVICES")
                            .expect_exit(0);
  finished.expect_lines({labelled(0, "CUDA_VISIBLE_DEVICES=3"), labelled(1, "CUDA_VISIBLE_DEVICES=1")});
}

TEST_CASE("option --devices none asks no driver and counts no GPU") {
  const ScratchDir folder;
  auto launch = with_gpus(1).env("FAKE_NVML_TRACE", folder.file("calls"));
  CHECK(ranks_started(launch.ranks(3).flag("--devices", "none").worker("print x")) == 3);
  CHECK(files_below(folder.path()).empty());
}

TEST_CASE("a driver that does not answer means no GPUs") {
  Launch{}
      .without_env("CUDA_VISIBLE_DEVICES")
      .env("LD_LIBRARY_PATH", GPULAUNCH_FAKE_NVML)
      .env("FAKE_NVML_INIT", "9")
      .ranks(2)
      .program("true")
      .expect_exit(0)
      .expect_err("");
}
