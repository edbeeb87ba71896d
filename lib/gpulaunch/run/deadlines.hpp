// All the times at which the supervisor has something to do: the policy's timers and its own. They stand still while
// the job is suspended: shift() moves them on by the time that was lost.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/policy/event.hpp"

#include <array>
#include <optional>

namespace gpulaunch {

// The supervisor's own timers, numbered behind the policy's.
enum class Chore {
  kill_again = timer_count,
  stop_ranks,
  read_again,
  read_input,
  abandon_output,
  look_for_storms,
  look_for_deaths,
  look_for_hang,
  listen_again
};
inline constexpr std::size_t deadline_count = timer_count + 9;

class Deadlines {
 public:
  void set(TimerId timer, Mono at) { at_[slot(timer)] = at; }
  void set(Chore chore, Mono at) { at_[slot(chore)] = at; }
  void cancel(TimerId timer) { at_[slot(timer)].reset(); }
  void cancel(Chore chore) { at_[slot(chore)].reset(); }
  [[nodiscard]] bool is_set(Chore chore) const { return at_[slot(chore)].has_value(); }

  // True once when the deadline has passed; it is then no longer set.
  template <class Id>
  [[nodiscard]] bool take_due(Id id, Mono now) {
    auto& deadline = at_[slot(id)];
    if (!deadline || *deadline > now) return false;
    deadline.reset();
    return true;
  }

  [[nodiscard]] std::optional<Mono> earliest() const {
    std::optional<Mono> first;
    for (const auto& deadline : at_) {
      if (deadline && (!first || *deadline < *first)) first = deadline;
    }
    return first;
  }

  void shift(Nanos by) {
    for (auto& deadline : at_) {
      if (deadline) *deadline += by;
    }
  }

 private:
  template <class Id>
  static constexpr std::size_t slot(Id id) {
    return static_cast<std::size_t>(id);
  }
  std::array<std::optional<Mono>, deadline_count> at_;
};

}  // namespace gpulaunch
