// Fills the Topology: what this machine offers. Reads files and, for GPUs, libnvidia-ml through dlopen (never CUDA).
#pragma once

#include "gpulaunch/plan/topology.hpp"

#include <string>

namespace gpulaunch {

struct ProbeRequest {
  bool gpus = true;       // false: --devices none; NVML is not touched
  bool cores = true;      // false: hyper-threads are not told apart, physical_cores counts every allowed CPU
  std::string root = "";  // prefix for /proc and /sys in tests
};

[[nodiscard]] Topology probe_topology(const ProbeRequest& request);

}  // namespace gpulaunch
