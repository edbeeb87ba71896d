// Who watches over a job, so that nothing outlives it (process/guardians.hpp).
#pragma once

#include <string_view>

namespace gpulaunch {

enum class Guardian { front, anchor, core };

[[nodiscard]] constexpr std::string_view name_of(Guardian who) {
  switch (who) {
    case Guardian::front: return "front";
    case Guardian::anchor: return "anchor";
    case Guardian::core: break;
  }
  return "core";
}

}  // namespace gpulaunch
