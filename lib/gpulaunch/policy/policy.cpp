#include "gpulaunch/policy/policy.hpp"

#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

constexpr Nanos longest_restart_delay = 60s;
constexpr int most_idle_attempts = 3;

}  // namespace

Policy::Policy(PolicySpec spec) : spec_(std::move(spec)) {}

Actions Policy::start(Mono at) {
  actions_.clear();
  if (spec_.timeout) act(action::SetTimer{TimerId::job_timeout, at + *spec_.timeout});
  begin_attempt(0);
  return std::exchange(actions_, {});
}

Actions Policy::step(const Event& event) {
  actions_.clear();
  delivered_ = false;
  if (phase_ != Phase::finished) std::visit([&](const auto& what) { on(what, event.at); }, event.what);
  return std::exchange(actions_, {});
}

void Policy::begin_attempt(int attempt) {
  attempt_ = attempt;
  phase_ = Phase::running;
  ranks_.assign(static_cast<std::size_t>(spec_.ranks), RankState{});
  live_count_ = 0;
  teardown_at_.reset();
  strangers_killed_at_.reset();
  first_failure_.reset();
  hung_ = false;
  act(action::StartRanks{attempt});
}

void Policy::on(const event::RankStarted& what, Mono /*at*/) {
  ranks_[static_cast<std::size_t>(what.rank)].phase = RankPhase::running;
  ++live_count_;
  strangers_killed_at_.reset();  // the ranks before it may all have ended already
}

void Policy::on(const event::StartFailed& what, Mono at) {
  if (!start_error_) start_error_ = what.error;
  if (phase_ == Phase::backoff) return finish();  // the next attempt could not even be planned
  if (phase_ == Phase::running) {
    begin_teardown(TeardownReason::start_failed, signo::term, spec_.grace, what.rank, at);
  }
}

// While nobody else runs there is nobody to stop, and the rank has all the time that it needs (for a core file).
void Policy::on(const event::RankDying& what, Mono at) {
  auto& rank = ranks_[static_cast<std::size_t>(what.rank)];
  if (rank.phase != RankPhase::running || rank.failing || was_interrupted(what.outcome)) return;
  if (cause_of(what.outcome, at) != EndCause::failed) return;
  rank.failing = true;
  act(action::Failing{what.rank, what.outcome});
  if (live_ranks().empty()) {
    if (!first_failure_) first_failure_ = Failed{what.rank, what.outcome};
    return;
  }
  rank_failed(what.rank, what.outcome, at);
}

void Policy::on(const event::RankExited& what, Mono at) {
  if (was_interrupted(what.outcome) && phase_ == Phase::running) {
    stop_signal_ = what.outcome.value;
    begin_teardown(TeardownReason::signal, what.outcome.value, spec_.stop_grace, std::nullopt, at);
  }
  const EndCause cause = final_cause(what.rank, what.outcome, at);
  auto& rank = ranks_[static_cast<std::size_t>(what.rank)];
  rank.phase = RankPhase::lingering;
  rank.kill_family_at = at + spec_.linger;
  --live_count_;
  act(action::Ended{what.rank, what.outcome, cause, rank.failing});
  if (cause == EndCause::failed) rank_failed(what.rank, what.outcome, at);
  if (leaders_dead()) strangers_killed_at_ = at + spec_.linger;
  arm_linger();
}

// The only rank had the terminal and so was given the user's Ctrl-C in our place: the job was told to stop by it.
bool Policy::was_interrupted(const Outcome& outcome) const {
  return spec_.terminal && outcome.kind == Outcome::Kind::signaled &&
         (outcome.value == signo::intr || outcome.value == signo::quit);
}

// Exits that were seen together with the one that began the teardown carry its time: they happened before any signal
// of ours, so their failures are the ranks' own. A signal from outside may have reached the ranks as well.
EndCause Policy::cause_of(const Outcome& outcome, Mono at) const {
  if (teardown_at_ && (at > *teardown_at_ || stop_signal_)) return EndCause::stopped_by_us;
  return outcome.success() ? EndCause::finished : EndCause::failed;
}

void Policy::rank_failed(int rank, const Outcome& outcome, Mono at) {
  if (!first_failure_ || first_failure_->rank == rank) first_failure_ = Failed{rank, outcome};
  if (phase_ == Phase::running && spec_.on_failure == OnFailure::kill) {
    begin_teardown(TeardownReason::rank_failed, signo::term, spec_.grace, rank, at);
  }
}

// Whoever was seen to fail did so, whatever was stopped since. A status that says otherwise is our own mistake.
EndCause Policy::final_cause(int rank, const Outcome& outcome, Mono at) {
  if (!ranks_[static_cast<std::size_t>(rank)].failing) return cause_of(outcome, at);
  if (!outcome.success()) return EndCause::failed;
  misjudged_ = true;
  if (first_failure_ && first_failure_->rank == rank) first_failure_.reset();
  act(action::Notice{fmt::format("rank {} ended well although the kernel had announced its failure", rank)});
  return EndCause::finished;
}

void Policy::on(const event::FamilyGone& what, Mono /*at*/) {
  ranks_[static_cast<std::size_t>(what.rank)].phase = RankPhase::gone;
  arm_linger();
}

void Policy::on(const event::EveryoneGone& what, Mono at) {
  act(action::CancelTimer{TimerId::grace});
  act(action::CancelTimer{TimerId::linger});
  act(action::CancelTimer{TimerId::unkillable});
  idle_attempts_ = what.progressed == false ? idle_attempts_ + 1 : 0;
  if (!restart_due()) return finish();
  if (!gets_nowhere()) return schedule_restart(at);
  not_worth_it_ = true;
  act(action::Notice{fmt::format("{} attempts in a row without progress: not starting the job again", idle_attempts_)});
  finish();
}

// Their tracer reaps them when it likes. What ended the job is known without them.
void Policy::on(const event::OnlyDeadHeld& /*what*/, Mono /*at*/) {
  act(action::Abandon{});
  finish();
}

// Whoever kills a launcher with SIGKILL has waited already: no grace.
void Policy::on(const event::GuardianLost& what, Mono at) {
  const bool first = !guardian_lost_;
  guardian_lost_ = true;
  if (phase_ == Phase::backoff) return finish();
  if (first) act(action::Notice{fmt::format("the launcher's {} process is gone: killing the job", name_of(what.who))});
  if (phase_ == Phase::killing) return;
  if (!teardown_at_) teardown_at_ = at;
  act(action::Teardown{TeardownReason::guardian_lost, std::nullopt, std::nullopt});
  kill_everything(at);
}

// No grace: every process that gets one starts more. Children that come and go do not multiply: there the leaders die
// first, and helpers get their linger. When the ranks are being stopped anyway, that is why the job ends.
void Policy::on(const event::StormDetected& what, Mono at) {
  if (phase_ != Phase::running && phase_ != Phase::stopping) return;
  if (phase_ == Phase::running) {
    storm_ = true;
    teardown_at_ = at;
    act(action::Teardown{TeardownReason::storm, what.storm.rank, std::nullopt, what.storm});
    if (what.storm.kind == StormKind::respawning && !leaders_dead()) return kill_leaders(at);
  }
  kill_everything(at);
}

void Policy::on(const event::Hung& /*what*/, Mono at) {
  if (phase_ != Phase::running || leaders_dead()) return;
  hung_ = true;
  begin_teardown(TeardownReason::hung, signo::term, spec_.grace, std::nullopt, at);
}

void Policy::on(const event::TimerFired& what, Mono at) {
  switch (what.timer) {
    case TimerId::grace: return kill_everything(at);
    case TimerId::unkillable: return give_up();
    case TimerId::linger: return linger_over(at);
    case TimerId::job_timeout: return timed_out(at);
    case TimerId::restart: break;
  }
  if (phase_ == Phase::backoff) begin_attempt(attempt_ + 1);
}

void Policy::begin_teardown(TeardownReason reason, int signo, Nanos grace, std::optional<int> rank, Mono at) {
  phase_ = Phase::stopping;
  teardown_at_ = at;
  stopped_by_signal_ = reason == TeardownReason::signal;
  act(action::Teardown{reason, rank, reason == TeardownReason::signal ? std::optional(signo) : std::nullopt});
  if (leaders_dead()) return;
  signal_live_ranks(signo, spec_.scope);
  act(action::SetTimer{TimerId::grace, at + grace});
}

// Whoever is left is killed when the linger is over, by the death of the leaders or by this timer.
void Policy::kill_leaders(Mono at) {
  phase_ = Phase::stopping;
  signal_live_ranks(signo::kill, SignalScope::leader);
  act(action::SetTimer{TimerId::grace, at + spec_.linger});
}

void Policy::kill_everything(Mono at) {
  phase_ = Phase::killing;
  act(action::CancelTimer{TimerId::grace});
  act(action::KillEverything{});
  act(action::SetTimer{TimerId::unkillable, at + spec_.unkillable});
}

void Policy::give_up() {
  gave_up_ = true;
  act(action::Abandon{});
  finish();
}

void Policy::linger_over(Mono at) {
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    auto& rank = ranks_[i];
    if (rank.phase != RankPhase::lingering || rank.family_killed || rank.kill_family_at > at) continue;
    rank.family_killed = true;
    act(action::KillFamily{static_cast<int>(i)});
  }
  if (strangers_killed_at_ && *strangers_killed_at_ <= at) {
    strangers_killed_at_.reset();
    if (phase_ != Phase::killing) kill_everything(at);
  }
  arm_linger();
}

// One timer serves all families: it stands at the earliest deadline that is still open.
void Policy::arm_linger() {
  std::optional<Mono> next = strangers_killed_at_;
  for (const auto& rank : ranks_) {
    if (rank.phase != RankPhase::lingering || rank.family_killed) continue;
    next = next ? std::min(*next, rank.kill_family_at) : rank.kill_family_at;
  }
  if (next) {
    act(action::SetTimer{TimerId::linger, *next});
  } else {
    act(action::CancelTimer{TimerId::linger});
  }
}

void Policy::timed_out(Mono at) {
  if (stop_signal_) return;  // it ends already, for another reason
  timed_out_ = true;
  if (phase_ == Phase::backoff) return finish();
  if (phase_ == Phase::running) {
    begin_teardown(TeardownReason::timeout, signo::term, spec_.grace, std::nullopt, at);
  }
}

bool Policy::restart_due() const {
  return (first_failure_ || hung_) && attempt_ < spec_.max_restarts && !timed_out_ && !stop_signal_ && !start_error_ &&
         !guardian_lost_ && !storm_ && !misjudged_;
}

bool Policy::gets_nowhere() const { return idle_attempts_ >= most_idle_attempts; }

void Policy::schedule_restart(Mono at) {
  phase_ = Phase::backoff;
  hung_ = false;
  first_failure_.reset();  // it was answered for: what ends the job from here on is something else
  Nanos delay = spec_.restart_delay;
  for (int i = 0; i < attempt_ && delay < longest_restart_delay; ++i) delay *= 2;
  delay = std::min(delay, std::max(longest_restart_delay, spec_.restart_delay));
  act(action::Restart{attempt_ + 1, delay});
  act(action::SetTimer{TimerId::restart, at + delay});
}

void Policy::finish() {
  phase_ = Phase::finished;
  const auto given = verdict();
  const bool is_ranks = first_failure_ && given == ExitVerdict{first_failure_->outcome.exit_code(), std::nullopt};
  act(action::Finish{given, is_ranks ? std::optional(first_failure_->rank) : std::nullopt});
}

ExitVerdict Policy::verdict() const {
  if (guardian_lost_ || gave_up_ || storm_ || misjudged_) return {exit_status::launcher_failed, std::nullopt};
  if (not_worth_it_) return {exit_status::do_not_requeue, std::nullopt};
  if (timed_out_ || hung_) return {exit_status::timed_out, std::nullopt};
  if (start_error_) return {exit_status_of(start_error_->kind), std::nullopt};
  if (first_failure_ && !stopped_by_signal_) return {first_failure_->outcome.exit_code(), std::nullopt};
  if (stop_signal_) return {exit_status::signal_base + *stop_signal_, stop_signal_};
  return {exit_status::success, std::nullopt};
}

std::vector<int> Policy::live_ranks() const {
  std::vector<int> live;
  for (std::size_t i = 0; i < ranks_.size(); ++i) {
    if (ranks_[i].phase == RankPhase::running && !ranks_[i].failing) live.push_back(static_cast<int>(i));
  }
  return live;
}

}  // namespace gpulaunch
