// What happens to a job, as values: the input of the policy. Each carries the time at which it was seen; the policy
// never asks for the time itself. The supervisor makes them from signalfd, pidfd, timerfd and the spawner's results, in
// a fixed priority: signals, exits, output, timers.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/guardian.hpp"
#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/policy/storm.hpp"

#include <optional>
#include <variant>

namespace gpulaunch {

// Timers that the policy may ask for; one of each at a time.
enum class TimerId { job_timeout, grace, restart, linger, unkillable };
inline constexpr int timer_count = 5;

namespace event {

struct RankStarted {
  int rank = 0;  // index into Plan::ranks
};
struct StartFailed {  // the rank never ran; no further rank of this attempt is started
  int rank = 0;
  Error error;
};
// The rank certainly ends, and not well, but is not dead yet: its memory is given back, or it writes a core file.
struct RankDying {
  int rank = 0;
  Outcome outcome;
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
struct EveryoneGone {
  std::optional<bool> progressed{};  // whether the attempt got anywhere; none: nobody can say
};
// Whoever is left is dead, and held by a tracer that is none of ours: nothing of the job runs any more.
struct OnlyDeadHeld {};
struct SignalArrived {
  int signo = 0;
  bool from_terminal = false;  // the kernel sent it to the foreground group (Ctrl-C, Ctrl-\, Ctrl-Z)
  bool delivered = false;      // its sender gave it to the ranks too (slurmstepd)
};
// One of the processes that watch over the job with us was killed.
struct GuardianLost {
  Guardian who = Guardian::front;
};
// A rank starts processes without end.
struct StormDetected {
  Storm storm;
};
// No rank has made progress for as long as was allowed, and they were looked at.
struct Hung {};
struct TimerFired {
  TimerId timer = TimerId::job_timeout;
};

}  // namespace event

struct Event {
  Mono at;
  std::variant<event::RankStarted, event::StartFailed, event::RankDying, event::RankExited, event::FamilyGone,
               event::EveryoneGone, event::OnlyDeadHeld, event::SignalArrived, event::GuardianLost,
               event::StormDetected, event::Hung, event::TimerFired>
      what;
};

}  // namespace gpulaunch
