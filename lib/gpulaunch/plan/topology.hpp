// What this machine offers to the job, as a value: filled by host/, read by make_plan(), written by hand in tests.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct Gpu {
  int index = 0;        // NVML (PCI bus) order
  std::string uuid;     // "GPU-8932f937-…"
  std::string pci_bus;  // "0000:06:00.0", lower case
  std::string name;     // "NVIDIA H200"
  friend bool operator==(const Gpu&, const Gpu&) = default;
};

struct GpuInventory {
  enum class Source { none, nvml, proc };  // who listed them: libnvidia-ml, or /proc/driver/nvidia
  Source source = Source::none;
  std::vector<Gpu> gpus;
  friend bool operator==(const GpuInventory&, const GpuInventory&) = default;
};

struct Topology {
  std::string hostname;
  std::vector<int> allowed_cpus;      // the launcher's affinity, sorted
  int physical_cores = 1;             // among the allowed CPUs (hyper-threads counted once)
  std::optional<double> cgroup_cpus;  // cpu.max (quota / period) of the tightest cgroup, v2 or v1
  GpuInventory gpus;
  std::size_t open_files_hard_limit = 0;  // RLIMIT_NOFILE
  // The cores that the job may really use: min(physical_cores, floor(cgroup_cpus)), at least 1.
  [[nodiscard]] int usable_cores() const;
  // The same with hyper-threads counted: min(allowed CPUs, floor(cgroup_cpus)), at least 1. What --nproc cpu counts.
  [[nodiscard]] int usable_cpus() const;
};

}  // namespace gpulaunch
