// What is known about the progress of a job: the clock that knows how long it has stood still, and whether an attempt
// got anywhere, which decides whether another one is worth it. The supervisor feeds it what it reads; a read of output
// costs the storing of its time and no more, unless a pattern was asked for. Pure.
#pragma once

#include "gpulaunch/policy/hang_clock.hpp"
#include "gpulaunch/policy/progress_match.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

struct ProgressSpec {
  std::optional<Nanos> hang_timeout;
  std::string pattern{};  // empty: all output is progress
};

class ProgressWatch {
 public:
  explicit ProgressWatch(const ProgressSpec& spec);

  [[nodiscard]] HangClock& clock() { return clock_; }
  [[nodiscard]] const HangClock& clock() const { return clock_; }

  void begin_attempt(std::size_t ranks);
  void on_output(int rank, std::size_t stream, std::string_view bytes, Mono at);
  void on_beat(int rank, Mono at);
  // Whether this attempt got anywhere: some rank beat, or reached another match than the one at which an attempt before
  // had left it. Nothing where neither a pattern was given nor anybody ever beat.
  [[nodiscard]] std::optional<bool> progressed() const;

 private:
  HangClock clock_;
  std::optional<ProgressMatch> match_;
  bool beaten_ = false;
  bool ever_beaten_ = false;
};

}  // namespace gpulaunch
