// The CPUs that we may run on, how many cores they are, and how much of them the cgroup allows. Container limits count:
// an affinity mask of 128 CPUs under a quota of 4 is a machine of 4 CPUs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// Our affinity, sorted; machines with more than 1,024 CPUs included.
[[nodiscard]] std::vector<int> allowed_cpus();

// Hyper-threads of one core counted once. Where sysfs says nothing, every CPU is a core. `root` stands before /sys.
[[nodiscard]] int count_physical_cores(const std::vector<int>& cpus, const std::string& root);

// The tightest CPU quota on our way up the cgroup hierarchy, in CPUs: cpu.max of v2, cpu.cfs_quota_us of v1; nothing
// where there is none. `root` stands before /proc and /sys.
[[nodiscard]] std::optional<double> cgroup_cpu_limit(const std::string& root);

}  // namespace gpulaunch
