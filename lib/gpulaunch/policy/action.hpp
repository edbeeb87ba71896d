// What the policy wants done, as values: its output. The supervisor carries actions out in order and decides nothing.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/options/values.hpp"
#include "gpulaunch/policy/event.hpp"
#include "gpulaunch/policy/storm.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gpulaunch {

// Why a rank ended.
enum class EndCause {
  finished,       // exit code 0
  failed,         // on its own, abnormally
  stopped_by_us,  // after we had signalled it, whatever code it then gave
};

enum class TeardownReason { rank_failed, start_failed, signal, timeout, guardian_lost, storm, hung };

namespace action {

struct StartRanks {
  int attempt = 0;
};
// To each rank's leader or group as the scope says, then SIGCONT, so that a stopped rank acts on it.
struct SignalRanks {
  std::vector<int> ranks;
  int signo = 0;
  SignalScope scope = SignalScope::automatic;
};
// SIGKILL to what is left of the dead leader's session.
struct KillFamily {
  int rank = 0;
};
// SIGKILL to every descendant, again and again until nobody is left (event::EveryoneGone).
struct KillEverything {};
// Whoever is left cannot be killed, or is dead and held by a tracer: say who that is, and leave it to the anchor.
struct Abandon {};
struct SetTimer {
  TimerId timer = TimerId::job_timeout;
  Mono at;
};
struct CancelTimer {
  TimerId timer = TimerId::job_timeout;
};
// Stop the ranks, then the launcher itself; when it is continued, continue the ranks and move all timers on.
struct Suspend {};
// A rank fails: it is not dead yet, and what ends it is known.
struct Failing {
  int rank = 0;
  Outcome outcome;
};
// A rank's leader ended, and this is why (for the report's event stream).
struct Ended {
  int rank = 0;
  Outcome outcome;
  EndCause cause = EndCause::finished;
  bool announced = false;  // Failing came before
};
struct Teardown {
  TeardownReason reason = TeardownReason::rank_failed;
  std::optional<int> rank;
  std::optional<int> signo;
  std::optional<Storm> storm{};
};
struct Restart {
  int attempt = 0;  // the one to come
  Nanos delay{};
};
// One line for the user, on standard error.
struct Notice {
  std::string text;
};
// How each rank is doing, for a person at a terminal.
struct ShowRanks {};
struct Finish {
  ExitVerdict verdict;
  std::optional<int> rank;  // whose code the verdict is: the first that failed
};

}  // namespace action

using Action =
    std::variant<action::StartRanks, action::SignalRanks, action::KillFamily, action::KillEverything, action::Abandon,
                 action::SetTimer, action::CancelTimer, action::Suspend, action::Failing, action::Ended,
                 action::Teardown, action::Restart, action::Notice, action::ShowRanks, action::Finish>;
using Actions = std::vector<Action>;

}  // namespace gpulaunch
