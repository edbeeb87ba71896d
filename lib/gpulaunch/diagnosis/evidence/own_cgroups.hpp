// The folders of our own control groups, in whichever hierarchies this machine has. Asked by whoever looks for counters
// and limits in them; `root` stands before /proc and /sys in tests, and before the folders that come out.
#pragma once

#include <optional>
#include <string>

namespace gpulaunch {

struct OwnCgroups {
  std::string root = {};                    // as it was given
  std::optional<std::string> unified = {};  // v2
  std::optional<std::string> memory = {};   // v1, as the next
  std::optional<std::string> pids = {};
};

[[nodiscard]] OwnCgroups read_own_cgroups(const std::string& root);

}  // namespace gpulaunch
