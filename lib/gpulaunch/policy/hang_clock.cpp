#include "gpulaunch/policy/hang_clock.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

void shift_sign(std::optional<Mono>& sign, Nanos by, Mono now) {
  if (sign) sign = std::min(*sign + by, now);
}

std::optional<Nanos> age_of(const std::optional<Mono>& sign, Mono now) {
  return sign ? std::optional(now - *sign) : std::nullopt;
}

}  // namespace

void HangClock::begin_attempt(std::size_t ranks) {
  moved_.reset();
  ranks_.assign(ranks, {});
}

void HangClock::rank_started(Mono at) {
  if (!moved_) moved_ = at;
}

void HangClock::progress(int rank, Mono at) {
  of(rank).progress = at;
  if (moved_) moved_ = at;
}

void HangClock::excuse(Mono at) {
  if (moved_) moved_ = std::max(*moved_, at);
}

// What a rank wrote while it was being stopped is not later than now.
void HangClock::shift(Nanos by, Mono now) {
  shift_sign(moved_, by, now);
  for (auto& rank : ranks_) {
    shift_sign(rank.output, by, now);
    shift_sign(rank.progress, by, now);
  }
}

std::optional<Mono> HangClock::due() const {
  return limit_ && moved_ ? std::optional(*moved_ + *limit_) : std::nullopt;
}

std::vector<RankSilence> HangClock::silences(Mono now) const {
  std::vector<RankSilence> ages;
  ages.reserve(ranks_.size());
  for (const auto& rank : ranks_) ages.push_back({age_of(rank.output, now), age_of(rank.progress, now)});
  return ages;
}

}  // namespace gpulaunch
