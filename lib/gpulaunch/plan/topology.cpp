#include "gpulaunch/plan/topology.hpp"

#include <algorithm>
#include <cmath>

namespace gpulaunch {
namespace {

int within_quota(int count, std::optional<double> quota) {
  const int limited = quota ? std::min(count, static_cast<int>(std::floor(*quota))) : count;
  return std::max(limited, 1);
}

}  // namespace

int Topology::usable_cores() const { return within_quota(physical_cores, cgroup_cpus); }

int Topology::usable_cpus() const { return within_quota(static_cast<int>(allowed_cpus.size()), cgroup_cpus); }

}  // namespace gpulaunch
