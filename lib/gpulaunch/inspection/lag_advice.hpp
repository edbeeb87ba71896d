// What a look at the ranks says about why they hang, in words for a report: whom the others wait for, what holds that
// rank up, and what to do about it. Where all ranks wait alike, that, and nobody is named. Pure.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct LagAdvice {
  std::vector<int> ranks{};  // that the others wait for; none: all wait for each other
  bool sure = false;         // stacks, the kernel or NCCL show it; who is busy and who sleeps only suggests it
  std::string cause{};
  std::string fix{};
  std::string shown{};  // what shows it; may be empty
};

// Nothing where the findings show nothing.
[[nodiscard]] std::optional<LagAdvice> lag_advice(const Findings& findings);

}  // namespace gpulaunch
