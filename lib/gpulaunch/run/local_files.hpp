// Which files lie on this machine: asking a file server that is gone would keep us for ever, and nobody would be ended
// meanwhile. The list of mounts tells it; a file server itself is never asked.
#pragma once

#include "gpulaunch/process/mounts.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

class LocalFiles {
 public:
  LocalFiles();  // as things are mounted now
  // The whole way there; the file itself need not exist. A relative path counts from the working directory.
  [[nodiscard]] bool has(const std::string& path) const;

 private:
  std::vector<Mount> mounts_;
};

}  // namespace gpulaunch
