#include "gpulaunch/diagnosis/evidence/own_cgroups.hpp"

#include "gpulaunch/host/files.hpp"
#include "gpulaunch/process/cgroup.hpp"

namespace gpulaunch {

OwnCgroups read_own_cgroups(const std::string& root) {
  const auto membership = read_small_file(root + "/proc/self/cgroup");
  const auto mounts = read_small_file(root + "/proc/self/mountinfo");
  if (!membership || !mounts) return {.root = root};
  const auto below_root = [&](std::optional<std::string> folder) {
    return folder ? std::optional(root + *folder) : std::nullopt;
  };
  return {.root = root,
          .unified = below_root(cgroup_folder(*membership, *mounts)),
          .memory = below_root(cgroup_v1_folder(*membership, *mounts, "memory")),
          .pids = below_root(cgroup_v1_folder(*membership, *mounts, "pids"))};
}

}  // namespace gpulaunch
