// How often the kernel has killed for lack of memory where the ranks live: a counter to be read at the start and after
// a failure. The nearest one is taken: the ranks' cgroup or the first above it that counts (v2: memory.events, also of
// everything below; v1: memory.oom_control), else that of the whole machine (/proc/vmstat).
#pragma once

#include "gpulaunch/diagnosis/evidence/own_cgroups.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

class OomCounter {
 public:
  // `cgroup`: the ranks' folder; empty: our own group.
  [[nodiscard]] static OomCounter find(const OwnCgroups& own, const std::string& cgroup);

  // Nothing where nobody counts, or when the group is gone.
  [[nodiscard]] std::optional<long long> read() const;
  // "cgroup /sys/fs/cgroup/job", "this machine": whose processes are counted.
  [[nodiscard]] const std::string& place() const { return place_; }
  // The cgroup's path as we see it, a part of the path that the kernel's log shows; nothing for the whole machine.
  [[nodiscard]] const std::optional<std::string>& cgroup_path() const { return cgroup_path_; }

 private:
  OomCounter(std::string file, std::string place, std::optional<std::string> cgroup_path)
      : file_(std::move(file)), place_(std::move(place)), cgroup_path_(std::move(cgroup_path)) {}

  std::string file_;
  std::string place_;
  std::optional<std::string> cgroup_path_;
};

// The number behind `name` at the beginning of a line: "oom_kill 3".
[[nodiscard]] std::optional<long long> count_named(std::string_view text, std::string_view name);

}  // namespace gpulaunch
