// The list of GPUs, from libnvidia-ml where that works, else from the driver's files. Neither ever touches CUDA, so no
// context is made. Both see what the container shows, whatever CUDA_VISIBLE_DEVICES says.
#pragma once

#include "gpulaunch/plan/topology.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

[[nodiscard]] GpuInventory list_gpus(const std::string& root);

// Nothing when the library is missing or refuses; it is shut down and closed before this returns. GPUs that fell off
// the bus are left out.
[[nodiscard]] std::optional<std::vector<Gpu>> list_gpus_by_nvml();

// /proc/driver/nvidia/gpus/<pci address>/information below `root`, in PCI order; nothing without a driver.
[[nodiscard]] std::optional<std::vector<Gpu>> list_gpus_by_proc(const std::string& root);

// NVML's "00000000:06:00.0" as sysfs writes it: "0000:06:00.0".
[[nodiscard]] std::string sysfs_pci_address(std::string_view nvml_address);

}  // namespace gpulaunch
