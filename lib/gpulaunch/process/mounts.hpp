// What is mounted where, from the text of /proc/self/mountinfo (proc(5)): which cgroup hierarchies there are, and on
// what kind of file system a path lies. Pure; it never touches the file systems themselves, because one whose server is
// gone would keep us.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct Mount {
  std::string root;     // what of the file system is mounted
  std::string point;    // and where
  std::string type;     // "ext4", "nfs4", "cgroup2"
  std::string options;  // of the file system: "rw,memory"

  [[nodiscard]] bool has_option(std::string_view option) const;
};

// In the order of the file: a later mount hides an earlier one of the same place. Lines that make no sense are left
// out.
[[nodiscard]] std::vector<Mount> parse_mounts(std::string_view mountinfo);

// The mount that `path`, absolute and without links, lies on; null without any.
[[nodiscard]] const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path);

// The part of `path` below `root`, with its slash; both begin with a slash.
[[nodiscard]] std::optional<std::string_view> path_below(std::string_view path, std::string_view root);

// The next piece up to `separator`; both are taken off `rest`.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

}  // namespace gpulaunch
