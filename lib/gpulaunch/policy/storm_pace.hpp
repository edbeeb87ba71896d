// When to look at the whole family of a job, which takes a few milliseconds for a hundred processes: only after
// something was started on the machine and for a moment from then on, seldom enough to stay within a budget whatever
// others do there, and soon when the number of processes jumps up. Pure; the time comes with each call.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <optional>

namespace gpulaunch {

class StormPace {
 public:
  // The machine's number of tasks, and the process number that was given out last; none: nobody can say.
  struct Count {
    int tasks = 0;
    int last_pid = 0;
  };

  // The job begins: what was there before does not count.
  explicit StormPace(std::optional<Count> count) : at_last_look_(count) {}
  [[nodiscard]] bool is_due(std::optional<Count> count, Mono now) const;
  // A look was taken and cost this much of a core.
  void looked(std::optional<Count> count, Mono now, Nanos cost);

 private:
  std::optional<Count> at_last_look_;
  std::optional<Mono> last_look_;
  Mono interested_until_{};  // after something was started
  Nanos cost_{};
};

}  // namespace gpulaunch
