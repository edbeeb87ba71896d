// Runs with LD_LIBRARY_PATH at the fake libnvidia-ml.so.1 (tests/fixtures/fake_nvml.cpp).
#include "gpulaunch/host/gpu_watch.hpp"

#include "catch.hpp"
#include "gpulaunch/host/files.hpp"
#include "scratch_folder.hpp"
#include "variable.hpp"

using namespace gpulaunch;
using gpulaunch::testing::Variable;

namespace {

constexpr auto two_gpus = "GPU-a@00000000:06:00.0@X,GPU-b@00000000:AF:00.0@X";

}  // namespace

TEST_CASE("Xids that come while a GPU is watched are told once, with the GPU's address") {
  const ScratchFolder folder;
  const Variable gpus("FAKE_NVML_GPUS", two_gpus);
  const Variable xids("FAKE_NVML_XIDS", folder.at("xids"));
  auto watch = GpuWatch::open();
  REQUIRE(watch);
  CHECK(watch->faults().empty());
  folder.write("xids", "1 31\n1 31\n0 79\n");
  CHECK(watch->faults() == std::vector<GpuFault>{{1, "0000:af:00.0", 31}, {0, "0000:06:00.0", 79}});
  CHECK(watch->faults().empty());
}

TEST_CASE("GPUs that take no registration are not watched") {
  const Variable gpus("FAKE_NVML_GPUS", two_gpus);
  CHECK_FALSE(GpuWatch::open());
}

TEST_CASE("without NVML, or when it refuses, there is no watch") {
  const Variable init("FAKE_NVML_INIT", "9");
  CHECK_FALSE(GpuWatch::open());
}

TEST_CASE("a fabric that is not up is told by its state") {
  const Variable gpus("FAKE_NVML_GPUS", two_gpus);
  const auto down = [](const std::string& fabric) {
    const Variable value("FAKE_NVML_FABRIC", fabric);
    const auto watch = GpuWatch::open();
    return watch ? watch->fabric_down() : std::vector<GpuFabric>{};
  };
  CHECK(down("1 0") == std::vector<GpuFabric>{{0, "not started"}, {1, "not started"}});
  CHECK(down("2 0").at(0).state == "in progress");
  CHECK(down("3 6").at(0).state == "failed (NVML error 6)");
  CHECK(down("3 0").empty());
  CHECK(down("0 0").empty());
}

TEST_CASE("the watch frees its events and shuts NVML down") {
  const ScratchFolder folder;
  const Variable gpus("FAKE_NVML_GPUS", two_gpus);
  const Variable xids("FAKE_NVML_XIDS", folder.at("xids"));
  const Variable trace("FAKE_NVML_TRACE", folder.at("trace"));
  { const auto watch = GpuWatch::open(); }
  CHECK(read_small_file(folder.at("trace")) == "init\nset\nfree set\nshutdown\n");
}
