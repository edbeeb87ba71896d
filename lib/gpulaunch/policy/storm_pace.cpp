#include "gpulaunch/policy/storm_pace.hpp"

#include <climits>

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// A job at rest starts nothing; threads have numbers too.
constexpr int few_starts = 4;
constexpr int surge = 64;

// A child that fails is a zombie until its parent looks, which a pool does ten times a second. Looks that follow each
// other as closely see it, alive first and then dead.
constexpr Nanos time_of_interest = 1s;

struct Rest {
  Nanos shortest;
  int cost_factor;  // 1 to this many: the share of a core that looking may take
};
constexpr Rest usual{90ms, 100};
constexpr Rest in_surge{50ms, 10};

// Numbers begin anew when they have reached the highest.
int starts_between(int earlier, int later) { return later >= earlier ? later - earlier : INT_MAX; }

}  // namespace

bool StormPace::is_due(std::optional<Count> count, Mono now) const {
  const bool known = count && at_last_look_;
  const bool at_rest = known && starts_between(at_last_look_->last_pid, count->last_pid) < few_starts;
  if (at_rest && now >= interested_until_) return false;
  if (!last_look_) return true;
  const bool surging = known && count->tasks - at_last_look_->tasks >= surge;
  const Rest rest = surging ? in_surge : usual;
  return now - *last_look_ >= std::max(rest.shortest, cost_ * rest.cost_factor);
}

void StormPace::looked(std::optional<Count> count, Mono now, Nanos cost) {
  const bool started = !count || !at_last_look_ || count->last_pid != at_last_look_->last_pid;
  if (started) interested_until_ = now + time_of_interest;
  at_last_look_ = count;
  last_look_ = now;
  cost_ = cost;
}

}  // namespace gpulaunch
