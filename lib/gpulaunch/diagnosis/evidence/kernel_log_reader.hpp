// The kernel's log from a point in time on. /dev/kmsg keeps a position for every opener, so that opening at the start
// and reading after a failure is all there is to it. Where we may not read it (dmesg_restrict, containers), it is
// empty.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <string>

namespace gpulaunch {

class KernelLogReader {
 public:
  // At the end of the log as it is now; `root` stands before /dev in tests.
  explicit KernelLogReader(const std::string& root);

  [[nodiscard]] bool readable() const { return static_cast<bool>(device_); }
  // What has come since the start or the last call, one record a line; at most what the kernel keeps. Does not wait.
  [[nodiscard]] std::string read_new() const;

 private:
  Fd device_;
};

}  // namespace gpulaunch
