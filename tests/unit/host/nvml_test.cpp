// Runs with LD_LIBRARY_PATH at the fake libnvidia-ml.so.1 (tests/fixtures/fake_nvml.cpp).
#include "catch.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/host/gpus.hpp"
#include "gpulaunch/host/probe.hpp"
#include "scratch_folder.hpp"
#include "variable.hpp"

using namespace gpulaunch;
using gpulaunch::testing::Variable;

TEST_CASE("NVML lists GPUs with UUID, address and name") {
  const Variable gpus("FAKE_NVML_GPUS", "GPU-a1@00000000:06:00.0@NVIDIA H200,GPU-b2@00000000:AF:00.0@NVIDIA A30");
  const auto topology = probe_topology({.gpus = true, .cores = false, .root = ""});
  CHECK(topology.gpus.source == GpuInventory::Source::nvml);
  CHECK(topology.gpus.gpus ==
        std::vector<Gpu>{{0, "GPU-a1", "0000:06:00.0", "NVIDIA H200"}, {1, "GPU-b2", "0000:af:00.0", "NVIDIA A30"}});
}

TEST_CASE("a GPU that fell off the bus is left out, and the others keep their index") {
  const Variable gpus("FAKE_NVML_GPUS", "GPU-a@00000000:06:00.0@X,lost,GPU-c@00000000:08:00.0@X");
  const auto found = list_gpus_by_nvml();
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  CHECK((*found)[1].index == 2);
  CHECK((*found)[1].uuid == "GPU-c");
}

TEST_CASE("a name or address that NVML will not tell is empty, and the GPU still counts") {
  const Variable gpus("FAKE_NVML_GPUS", "GPU-a");
  CHECK(list_gpus_by_nvml() == std::vector<Gpu>{{0, "GPU-a", "", ""}});
}

TEST_CASE("NVML without GPUs is an empty list, not a failure") {
  CHECK(list_gpus_by_nvml() == std::vector<Gpu>{});
  CHECK(list_gpus("/nonexistent").source == GpuInventory::Source::nvml);
}

TEST_CASE("NVML is shut down as often as it was initialised, and closed") {
  const ScratchFolder folder;
  const Variable trace("FAKE_NVML_TRACE", folder.at("trace"));
  const Variable gpus("FAKE_NVML_GPUS", "GPU-a,lost");
  REQUIRE(list_gpus_by_nvml().has_value());
  CHECK(read_small_file(folder.at("trace")) == "init\nshutdown\n");
  const auto maps = read_small_file("/proc/self/maps");
  REQUIRE(maps.has_value());
  CHECK(maps->find("libnvidia-ml") == std::string::npos);
}

TEST_CASE("where NVML refuses, the driver's files are asked, and NVML is not shut down") {
  const ScratchFolder root;
  root.write("proc/driver/nvidia/gpus/0000:06:00.0/information", "Model: NVIDIA A30\nGPU UUID: GPU-aaaa\n");
  const Variable init("FAKE_NVML_INIT", "9");
  const Variable trace("FAKE_NVML_TRACE", root.at("trace"));
  const auto topology = probe_topology({.gpus = true, .cores = false, .root = root.path()});
  CHECK(topology.gpus.source == GpuInventory::Source::proc);
  CHECK(topology.gpus.gpus == std::vector<Gpu>{{0, "GPU-aaaa", "0000:06:00.0", "NVIDIA A30"}});
  CHECK(read_small_file(root.at("trace")) == "init\n");
}

TEST_CASE("where nobody knows of GPUs the inventory says so") {
  const ScratchFolder root;
  const Variable init("FAKE_NVML_INIT", "9");
  CHECK(list_gpus(root.path()) == GpuInventory{});
}

TEST_CASE("NVML is not touched when no GPU is asked for") {
  const ScratchFolder folder;
  const Variable trace("FAKE_NVML_TRACE", folder.at("trace"));
  CHECK(probe_topology({.gpus = false, .cores = false, .root = ""}).gpus == GpuInventory{});
  CHECK_FALSE(read_small_file(folder.at("trace")).has_value());
}
