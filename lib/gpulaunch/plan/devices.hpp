// Which GPUs the job may use and which of them a rank sees. An inherited CUDA_VISIBLE_DEVICES is the pool and never
// widened; it is read as the CUDA driver reads it (CUDA programming guide, "CUDA Environment Variables", and torch's
// parser, which mirrors it): a bad entry ends the list, a repeated one empties it. Tokens that the user gave are passed
// on verbatim; where there are none, UUIDs are used, because ordinals change their meaning with CUDA_DEVICE_ORDER.
#pragma once

#include "gpulaunch/base/ids.hpp"
#include "gpulaunch/plan/environment.hpp"
#include "gpulaunch/plan/job.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct DevicePool {
  std::vector<std::string> tokens;  // one for each GPU that the job may use, in CUDA's order
  // An inventory vouches for the tokens. Without one (no driver) they are only what the user claims, so nothing is
  // counted against them.
  bool verified = false;
  std::vector<std::string> notices;

  [[nodiscard]] int visible_gpus() const { return verified ? static_cast<int>(tokens.size()) : 0; }
};

// `visible`: the value of CUDA_VISIBLE_DEVICES, nothing when it is unset.
[[nodiscard]] DevicePool read_device_pool(const GpuInventory& inventory, std::optional<std::string_view> visible);

// What one rank is given.
struct DeviceShare {
  std::optional<std::string> cuda_visible_devices;  // nothing: left as inherited
  std::vector<std::string> tokens;                  // what it sees
  bool single = false;                              // exactly one, so that its ordinal is 0 whatever LOCAL_RANK says
};
[[nodiscard]] DeviceShare share_devices(const Job& job, const DevicePool& pool, const Environment& environment,
                                        LocalRank rank);

}  // namespace gpulaunch
