// What happens to a job, as values: the input of the policy. Each carries the time at which it was seen; the policy
// never asks for the time itself. The supervisor makes them from signalfd, pidfd, timerfd and the spawner's results, in
// a fixed priority: signals, exits, output, timers.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/outcome.hpp"

#include <variant>

namespace gpulaunch {

// Timers that the policy may ask for; one of each at a time.
enum class TimerId { job_timeout, grace, restart, linger };
inline constexpr int timer_count = 4;

namespace event {

struct RankStarted {
  int rank = 0;  // index into Plan::ranks
};
struct StartFailed {  // the rank never ran; no further rank of this attempt is started
  int rank = 0;
  Error error;
};
struct RankExited {
  int rank = 0;
  Outcome outcome;
};
// The leader is dead, and nothing of its session is left.
struct FamilyGone {
  int rank = 0;
};
// waitpid says ECHILD: nobody whom this job started is left.
struct EveryoneGone {};
struct SignalArrived {
  int signo = 0;
  bool from_terminal = false;  // the kernel sent it to the foreground group (Ctrl-C, Ctrl-\, Ctrl-Z)
};
struct TimerFired {
  TimerId timer = TimerId::job_timeout;
};

}  // namespace event

struct Event {
  Mono at;
  std::variant<event::RankStarted, event::StartFailed, event::RankExited, event::FamilyGone, event::EveryoneGone,
               event::SignalArrived, event::TimerFired>
      what;
};

}  // namespace gpulaunch
