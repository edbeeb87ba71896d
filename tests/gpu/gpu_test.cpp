// On a machine with GPUs: what the launcher says of them is what the driver says, and a rank can use what it is given.
#include "catch.hpp"
#include "launch.hpp"

#include <nlohmann/json.hpp>

using namespace harness;
using namespace std::chrono_literals;

namespace {

constexpr auto nvidia_smi = "/usr/bin/nvidia-smi";

Launch on_gpus() {
  Launch launch;
  launch.without_env("CUDA_VISIBLE_DEVICES").within(120s).may_leave_files();
  return launch;
}

// The UUIDs of this machine's GPUs, as the driver's own tool lists them.
std::vector<std::string> uuids() {
  if (!std::filesystem::exists(nvidia_smi)) return {};
  ChildProcess tool({.path = nvidia_smi,
                     .argv = {"nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"},
                     .env = {"PATH=/usr/bin:/bin"}});
  tool.pump_until([] { return false; }, 60s);
  return tool.ending() == Ending{} ? split_lines(tool.out()) : std::vector<std::string>{};
}

constexpr auto no_gpu = "nvidia-smi finds no GPU here";

}  // namespace

TEST_CASE("the plan counts the GPUs that the driver lists") {
  const auto expected = uuids();
  if (skipped_unless(!expected.empty(), no_gpu)) return;
  const auto finished = on_gpus().flag("--nproc", "gpu").flag("--dry-run=json").program("true").expect_exit(0);
  CHECK(nlohmann::json::parse(finished.out).at("ranks").size() == expected.size());
}

TEST_CASE("more ranks than there are GPUs are refused") {
  const auto count = uuids().size();
  if (skipped_unless(count > 0, no_gpu)) return;
  expect_usage_error(on_gpus().ranks(static_cast<int>(count) + 1).program("true").run(), {"--oversubscribe"});
}

TEST_CASE("an isolated rank gets a UUID that the driver knows") {
  const auto expected = uuids();
  if (skipped_unless(!expected.empty(), no_gpu)) return;
  const auto finished =
      on_gpus()
          .flag("--devices", "isolate")
          .program("sh", "-c", "nvidia-smi -i $CUDA_VISIBLE_DEVICES --query-gpu=uuid --format=csv,noheader")
          .expect_exit(0);
  CHECK(finished.out == expected.front() + '\n');
}

TEST_CASE("the CUDA and NCCL trainer runs on every GPU of the machine") {
#ifdef GPULAUNCH_EXAMPLE_NCCL
  if (skipped_unless(!uuids().empty(), no_gpu)) return;
  for (const auto* devices : {"all", "isolate"})
    on_gpus().flag("--nproc", "gpu").flag("--devices", devices).program(GPULAUNCH_EXAMPLE_NCCL).expect_exit(0);
#else
  if (skipped_unless(false, "the CUDA and NCCL example is not built")) return;
#endif
}
