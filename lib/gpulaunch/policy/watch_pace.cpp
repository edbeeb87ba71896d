#include "gpulaunch/policy/watch_pace.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

constexpr int weight_of_past = 7;  // eighths

}  // namespace

void WatchPace::looked(Nanos cost) {
  cost_ = cost_ == Nanos{} ? cost : (cost_ * weight_of_past + cost) / (weight_of_past + 1);
}

Nanos WatchPace::period() const { return std::max(limits_.shortest, cost_ * limits_.cost_factor); }

}  // namespace gpulaunch
