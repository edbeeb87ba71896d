// Facts about the GPUs that ranks could see: CUDA_VISIBLE_DEVICES as each got it, held against what this machine has,
// and read as CUDA reads it (plan/devices.hpp). Pure.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"

#include <vector>

namespace gpulaunch {

// no-devices, devices-hidden, devices-missing, more-ranks-than-devices
[[nodiscard]] std::vector<Fact> device_facts(const GpuInventory& gpus, const std::vector<RankTrace>& ranks);

}  // namespace gpulaunch
