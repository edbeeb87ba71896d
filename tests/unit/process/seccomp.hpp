// A kernel that refuses: for tests of what happens where a call is missing, forbidden or deadly.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <vector>

namespace gpulaunch::testing {

class CallFilter {
 public:
  // `answer` (SECCOMP_RET_…) to these system calls, all others as before.
  CallFilter(const std::vector<std::uint32_t>& calls, std::uint32_t answer);
  // For this process and its children, from now on; takes no memory of ours. False: filters are not allowed here.
  [[nodiscard]] bool install() const;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace gpulaunch::testing
