#include "gpulaunch/run/hang_view.hpp"

#include "gpulaunch/inspection/lag_advice.hpp"

#include <utility>

namespace gpulaunch {

std::optional<HangView> hang_view(const Findings& findings) {
  auto advice = lag_advice(findings);
  if (!advice) return std::nullopt;
  return HangView{.laggards = std::move(advice->ranks),
                  .sure = advice->sure,
                  .cause = std::move(advice->cause),
                  .fix = std::move(advice->fix),
                  .shown = std::move(advice->shown)};
}

}  // namespace gpulaunch
