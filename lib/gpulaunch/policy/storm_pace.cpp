#include "gpulaunch/policy/storm_pace.hpp"

#include <climits>

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// A job at rest starts nothing; threads have numbers too.
constexpr int few_starts = 4;
constexpr int surge = 64;

struct Rest {
  Nanos shortest;
  int cost_factor;  // 1 to this many: the share of a core that looking may take
};
constexpr Rest usual{250ms, 400};
constexpr Rest in_surge{50ms, 10};

// Numbers begin anew when they have reached the highest.
int starts_between(int earlier, int later) { return later >= earlier ? later - earlier : INT_MAX; }

}  // namespace

bool StormPace::is_due(std::optional<Count> count, Mono now) const {
  const bool known = count && at_last_look_;
  if (known && starts_between(at_last_look_->last_pid, count->last_pid) < few_starts) return false;
  if (!last_look_) return true;
  const bool surging = known && count->tasks - at_last_look_->tasks >= surge;
  const Rest rest = surging ? in_surge : usual;
  return now - *last_look_ >= std::max(rest.shortest, cost_ * rest.cost_factor);
}

void StormPace::looked(std::optional<Count> count, Mono now, Nanos cost) {
  at_last_look_ = count;
  last_look_ = now;
  cost_ = cost;
}

}  // namespace gpulaunch
