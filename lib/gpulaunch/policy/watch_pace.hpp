// How often to look at something that has to be polled, for a share of one core in all: the dearer a look turns out to
// be, the more seldom it is taken. Pure.
#pragma once

#include "gpulaunch/base/clock.hpp"

namespace gpulaunch {

class WatchPace {
 public:
  // One look costs at most 1 / `cost_factor` of the time until the next.
  struct Limits {
    Nanos shortest{};
    int cost_factor = 1;
  };
  explicit WatchPace(Limits limits) : limits_(limits) {}

  // A look cost this much of a core. Single ones that cost much more (a page fault, a busy machine) count little.
  void looked(Nanos cost);
  [[nodiscard]] Nanos period() const;

 private:
  Limits limits_;
  Nanos cost_{};
};

}  // namespace gpulaunch
