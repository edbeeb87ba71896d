// A control group (cgroup v2) for everything that one attempt of a job starts, where we may make one: then a single
// write kills all of it, whatever it has done to hide. Every attempt gets a fresh leaf, for a leaf that was killed once
// may kill the next child at birth (clone into a cgroup compares kill counts of two groups, Linux 6.14 and later).
// A leaf is locked (flock) by the process that made it; one that nobody holds belongs to a dead launcher.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

// The folder of the cgroup that `membership` (/proc/self/cgroup) names, by the mounts that `mounts`
// (/proc/self/mountinfo) lists. Nothing without cgroup v2, or when the mounts do not show our group.
[[nodiscard]] std::optional<std::string> cgroup_folder(std::string_view membership, std::string_view mounts);
// The same in the hierarchy of cgroup v1 that `controller` ("memory", "pids") belongs to.
[[nodiscard]] std::optional<std::string> cgroup_v1_folder(std::string_view membership, std::string_view mounts,
                                                          std::string_view controller);
// Our own cgroup's folder when leaves may be made and entered there. For root that is more than being able to: where
// systemd runs, the group must be delegated, or be the one in which a container with cgroups of its own begins.
[[nodiscard]] std::optional<std::string> delegated_cgroup();

class CgroupLeaf {
 public:
  // Below `parent`, a folder that delegated_cgroup gave. Errors: the kernel refuses, or knows no cgroup.kill (before
  // 5.14).
  [[nodiscard]] static Result<CgroupLeaf> make(const std::string& parent, int attempt);

  // For ChildSpec::cgroup. Valid as long as this is.
  [[nodiscard]] int fd() const noexcept { return folder_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Somebody lives here or below. A zombie does not count.
  [[nodiscard]] bool populated() const noexcept;

 private:
  CgroupLeaf(Fd folder, std::string path) : folder_(std::move(folder)), path_(std::move(path)) {}

  Fd folder_;
  std::string path_;
};

// SIGKILL to everyone in it and below, forks and all. Takes no memory and no lock. False: there is no such cgroup.
bool kill_cgroup(const char* path) noexcept;
// Removes it and the groups that the job has made below. False while somebody is left in it, a zombie too: reap first,
// then try again.
bool remove_cgroup(const std::string& path);
// Kills and removes the leaves of launchers that are dead; those with somebody left in them are met again next time.
void remove_stale_leaves(const std::string& parent);

}  // namespace gpulaunch
