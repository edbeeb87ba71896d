// The policy: what to do when something happens to the job. A pure state machine (events in, actions out) that never
// asks for the time and touches no process, so that every decision can be tested and replayed from a log of events.
//
//   phase      | meaning                                  | leaves it
//   -----------+------------------------------------------+----------------------------------------------------------
//   running    | ranks start and run                      | a rank fails, a stop signal, the time-out, a hang,
//              |                                          | children that fail over and over -> stopping;
//              |                                          | a guardian is lost, another spawn storm -> killing;
//              |                                          | everyone gone -> finished
//   stopping   | ranks were signalled, the grace runs     | grace over, second Ctrl-C, guardian lost, a spawn storm
//              |                                          | -> killing; everyone gone -> backoff (a restart is due)
//              |                                          | or finished
//   killing    | SIGKILL went to everything               | everyone gone -> backoff or finished; somebody who
//              |                                          | cannot be killed -> finished
//   backoff    | nobody runs; the next attempt is due     | timer -> running; a stop signal, the time-out, a lost
//              |                                          | guardian -> finished
//   finished   | the verdict was given                    | never
//
// A rank that is seen to fail before it is dead (RankDying) counts as failed from then on: the others are stopped at
// once, and its place in the order of failures is kept. How it ended is what waitid says in the end.
//
// A hang counts as a failure of the attempt. After three attempts in a row that got nowhere there is no further one:
// where somebody can say whether they did (event::EveryoneGone).
//
// In every phase: the grace belongs to leaders alone. What is left of a family when its leader is dead gets the linger
// and then SIGKILL, and when all leaders are dead, so does everyone else (strangers: processes that left their
// session).
#pragma once

#include "gpulaunch/policy/action.hpp"
#include "gpulaunch/policy/event.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace gpulaunch {

struct PolicySpec {
  int ranks = 1;
  Nanos grace{};
  Nanos stop_grace{};
  Nanos linger{};
  Nanos unkillable{};  // after SIGKILL to everything
  std::optional<Nanos> timeout;
  int max_restarts = 0;
  Nanos restart_delay{};
  OnFailure on_failure = OnFailure::kill;
  SignalScope scope = SignalScope::automatic;
  std::vector<std::pair<int, SignalPolicy>> on_signal;
  bool terminal = false;  // the only rank has the terminal
};

class Policy {
 public:
  explicit Policy(PolicySpec spec);

  // The first actions of the job.
  [[nodiscard]] Actions start(Mono at);
  [[nodiscard]] Actions step(const Event& event);

 private:
  enum class Phase { running, stopping, killing, backoff, finished };
  enum class RankPhase { waiting, running, lingering, gone };
  struct RankState {
    RankPhase phase = RankPhase::waiting;
    Mono kill_family_at{};
    bool family_killed = false;
    bool failing = false;  // it was seen to fail, and is not dead yet
  };
  struct Failed {
    int rank = 0;
    Outcome outcome;
  };

  void on(const event::RankStarted& what, Mono at);
  void on(const event::StartFailed& what, Mono at);
  void on(const event::RankDying& what, Mono at);
  void on(const event::RankExited& what, Mono at);
  void on(const event::FamilyGone& what, Mono at);
  void on(const event::EveryoneGone& what, Mono at);
  void on(const event::SignalArrived& what, Mono at);
  void on(const event::GuardianLost& what, Mono at);
  void on(const event::OnlyDeadHeld& what, Mono at);
  void on(const event::StormDetected& what, Mono at);
  void on(const event::Hung& what, Mono at);
  void on(const event::TimerFired& what, Mono at);

  void begin_attempt(int attempt);
  [[nodiscard]] bool was_interrupted(const Outcome& outcome) const;
  [[nodiscard]] EndCause cause_of(const Outcome& outcome, Mono at) const;
  [[nodiscard]] EndCause final_cause(int rank, const Outcome& outcome, Mono at);
  void rank_failed(int rank, const Outcome& outcome, Mono at);
  void begin_teardown(TeardownReason reason, int signo, Nanos grace, std::optional<int> rank, Mono at);
  void kill_leaders(Mono at);
  void kill_everything(Mono at);
  void give_up();
  void stop_asked(int signo, bool from_terminal, Mono at);
  void stop_repeated(int signo, Mono at);
  void announce_stop(int signo, bool from_terminal);
  void forward(int signo);
  void signal_live_ranks(int signo, SignalScope scope);
  void linger_over(Mono at);
  void arm_linger();
  void timed_out(Mono at);
  [[nodiscard]] bool gets_nowhere() const;
  void schedule_restart(Mono at);
  void finish();

  [[nodiscard]] SignalPolicy policy_for(int signo) const;
  [[nodiscard]] std::vector<int> live_ranks() const;
  [[nodiscard]] bool leaders_dead() const { return live_count_ == 0; }
  [[nodiscard]] bool restart_due() const;
  [[nodiscard]] ExitVerdict verdict() const;
  void act(Action action) { actions_.push_back(std::move(action)); }

  PolicySpec spec_;
  Actions actions_;
  Phase phase_ = Phase::running;
  std::vector<RankState> ranks_;
  int live_count_ = 0;
  int attempt_ = 0;
  std::optional<Mono> teardown_at_;
  std::optional<Mono> strangers_killed_at_;
  std::optional<Failed> first_failure_;
  std::optional<Error> start_error_;
  std::optional<int> stop_signal_;
  Mono last_interrupt_{};
  std::vector<int> stop_signals_seen_;
  bool delivered_ = false;  // the sender of the signal that is being dealt with gave it to the ranks too
  bool guardian_lost_ = false;
  bool storm_ = false;      // a rank started processes without end
  bool misjudged_ = false;  // a rank was said to fail and did not
  bool gave_up_ = false;    // somebody could not be killed
  bool timed_out_ = false;
  bool hung_ = false;          // in this attempt
  int idle_attempts_ = 0;      // in a row, up to now
  bool not_worth_it_ = false;  // to start the job again
  bool stopped_by_signal_ = false;
};

}  // namespace gpulaunch
