// How long has the job stood still? The clock is told of every sign of life of the ranks, stores its time and does
// nothing else; whoever asks for due() sets one timer, asks again when it fires, and so never ticks. Progress of any
// rank counts for the whole job. The start of an attempt's first rank counts as progress too; before that, and from the
// moment when the ranks are being ended, the clock stands still. Pure: times come in as values.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace gpulaunch {

// How long ago a rank wrote something and made progress; none: never in this attempt.
struct RankSilence {
  std::optional<Nanos> output;
  std::optional<Nanos> progress;
  friend bool operator==(const RankSilence&, const RankSilence&) = default;
};

class HangClock {
 public:
  // Without a limit ages are kept, and nothing is a hang.
  explicit HangClock(std::optional<Nanos> limit) : limit_(limit) {}

  void begin_attempt(std::size_t ranks);
  void rank_started(Mono at);
  void stop() { moved_.reset(); }

  void output(int rank, Mono at) { of(rank).output = at; }
  void progress(int rank, Mono at);
  // The ranks were held up, and not by themselves: the time counts anew, and as progress of nobody.
  void excuse(Mono at);
  // The job was suspended for this long, until now.
  void shift(Nanos by, Mono now);

  // When it will have been a hang if nothing happens until then; nothing while the clock stands still.
  [[nodiscard]] std::optional<Mono> due() const;
  [[nodiscard]] bool moved_after(Mono at) const { return moved_ && *moved_ > at; }
  [[nodiscard]] Nanos silent(Mono now) const { return moved_ ? now - *moved_ : Nanos{}; }
  [[nodiscard]] std::vector<RankSilence> silences(Mono now) const;

 private:
  struct Signs {
    std::optional<Mono> output;
    std::optional<Mono> progress;
  };
  [[nodiscard]] Signs& of(int rank) { return ranks_[static_cast<std::size_t>(rank)]; }

  std::optional<Nanos> limit_;
  std::optional<Mono> moved_;  // the last progress of anybody; none: the clock stands still
  std::vector<Signs> ranks_;
};

}  // namespace gpulaunch
