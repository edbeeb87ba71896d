// Whom the kernel ends first when memory runs out: the ranks, not those who watch over them. A child inherits the
// score, so the core raises its own for as long as it starts ranks.
#pragma once

#include <optional>

namespace gpulaunch {

class RaisedOomScore {
 public:
  // By `steps` (a thousandth of the machine's memory each), to 1,000 at most. Raising is everybody's right, and so is
  // going back. Where /proc does not allow it nothing happens.
  explicit RaisedOomScore(int steps) noexcept;
  RaisedOomScore(const RaisedOomScore&) = delete;  // two would put back different scores
  RaisedOomScore& operator=(const RaisedOomScore&) = delete;
  ~RaisedOomScore();

 private:
  std::optional<int> before_;
};

// Nothing where /proc does not say.
[[nodiscard]] std::optional<int> oom_score() noexcept;

}  // namespace gpulaunch
