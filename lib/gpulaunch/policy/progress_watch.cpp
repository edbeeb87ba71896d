#include "gpulaunch/policy/progress_watch.hpp"

namespace gpulaunch {

ProgressWatch::ProgressWatch(const ProgressSpec& spec) : clock_(spec.hang_timeout) {
  if (!spec.pattern.empty()) match_.emplace(spec.pattern);
}

void ProgressWatch::begin_attempt(std::size_t ranks) {
  clock_.begin_attempt(ranks);
  if (match_) match_->begin_attempt(ranks);
  beaten_ = false;
}

void ProgressWatch::on_output(int rank, std::size_t stream, std::string_view bytes, Mono at) {
  clock_.output(rank, at);
  if (!match_ || match_->feed(rank, stream, bytes)) clock_.progress(rank, at);
}

void ProgressWatch::on_beat(int rank, Mono at) {
  beaten_ = ever_beaten_ = true;
  clock_.progress(rank, at);
}

std::optional<bool> ProgressWatch::progressed() const {
  if (!match_ && !ever_beaten_) return std::nullopt;
  return beaten_ || (match_ && match_->got_further());
}

}  // namespace gpulaunch
