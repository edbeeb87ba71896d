#include "gpulaunch/diagnosis/evidence/device_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

GpuInventory machine_with(int gpus) {
  GpuInventory inventory{GpuInventory::Source::nvml, {}};
  for (int i = 0; i < gpus; ++i) inventory.gpus.push_back({i, "GPU-" + std::to_string(i) + "f", "", "X"});
  return inventory;
}

std::vector<RankTrace> ranks_with(std::vector<std::optional<std::string>> lists) {
  std::vector<RankTrace> ranks;
  for (auto& list : lists) ranks.push_back({.rank = static_cast<int>(ranks.size()), .devices = std::move(list)});
  return ranks;
}

}  // namespace

TEST_CASE("ranks that see GPUs as they are give no facts") {
  CHECK(device_facts(machine_with(4), ranks_with({"0,1", "2,3"})).empty());
  CHECK(device_facts(machine_with(4), ranks_with({std::nullopt, std::nullopt})).empty());
  CHECK(device_facts(machine_with(4), ranks_with({"GPU-2f", "MIG-1234"})).empty());
  CHECK(device_facts(machine_with(4), {}).empty());
}

TEST_CASE("a machine without GPUs says so, and whether it has a driver") {
  CHECK(only(device_facts({}, {}), "no-devices") == "this machine shows no GPU: no NVIDIA driver answers");
  CHECK(only(device_facts(machine_with(0), {}), "no-devices") == "this machine shows no GPU: the driver lists none");
}

TEST_CASE("an empty list, or one that begins with its end, hides every GPU") {
  CHECK(only(device_facts(machine_with(4), ranks_with({"0", ""})), "devices-hidden") ==
        "rank 1: CUDA_VISIBLE_DEVICES is empty, which hides every GPU");
  CHECK(only(device_facts(machine_with(4), ranks_with({"-1"})), "devices-hidden") ==
        "rank 0: CUDA_VISIBLE_DEVICES is -1, which hides every GPU");
}

TEST_CASE("a list that names a GPU twice hides every GPU") {
  CHECK(only(device_facts(machine_with(4), ranks_with({"1,1"})), "devices-hidden") ==
        "rank 0: CUDA_VISIBLE_DEVICES is 1,1: one GPU is there twice, which hides every GPU");
}

TEST_CASE("names beyond those that exist are told with those that do") {
  CHECK(only(device_facts(machine_with(4), ranks_with({"4,5"})), "devices-missing") ==
        "rank 0: CUDA_VISIBLE_DEVICES is 4,5 but only devices 0-3 exist");
  CHECK(only(device_facts(machine_with(1), ranks_with({"0,GPU-9"})), "devices-missing") ==
        "rank 0: CUDA_VISIBLE_DEVICES is 0,GPU-9 but only device 0 exists");
  CHECK(only(device_facts(machine_with(4), ranks_with({"GPU-9"})), "devices-missing") != "");
}

TEST_CASE("what is true of all ranks is said once") {
  const auto facts = device_facts(machine_with(2), ranks_with({"7", "7", "7"}));
  CHECK(only(facts, "devices-missing") == "CUDA_VISIBLE_DEVICES is 7 but only devices 0-1 exist");
}

TEST_CASE("more ranks than the GPUs that they share are told, but not where each has its own") {
  CHECK(only(device_facts(machine_with(4), ranks_with({"0,1", "0,1", "0,1"})), "more-ranks-than-devices") ==
        "3 ranks on this node but 2 visible GPUs");
  CHECK(only(device_facts(machine_with(1), ranks_with({std::nullopt, std::nullopt})), "more-ranks-than-devices") ==
        "2 ranks on this node but 1 visible GPU");
  CHECK(device_facts(machine_with(2), ranks_with({"0", "1"})).empty());
  CHECK(device_facts(machine_with(2), ranks_with({"0,1", "0,1"})).empty());
}
