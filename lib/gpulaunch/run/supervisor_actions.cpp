#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/oom_score.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

constexpr Nanos first_kill_interval = 500us;
constexpr Nanos longest_kill_interval = 20ms;
constexpr std::size_t tail_lines = 40;
// A tenth of the machine's memory: enough to be chosen before the guardians, who use next to none.
constexpr int ranks_oom_steps = 100;
// A thousand starts take a while on a busy machine; signals and failures are not kept waiting for the last of them.
constexpr std::size_t starts_between_looks = 32;

}  // namespace

void Supervisor::carry_out(const Actions& actions) {
  for (const auto& action : actions) {
    std::visit([this](const auto& what) { carry_out(what); }, action);
  }
}

void Supervisor::carry_out(const action::StartRanks& what) {
  enter_cgroup(what.attempt);
  if (what.attempt == 0) report(job_event::JobStarted{&plan_, spec_.command, containment()});
  processes_.clear();
  processes_.resize(plan_.ranks.size());
  attempt_running_ = true;
  tearing_down_ = false;
  begin_progress();
  families_.begin_attempt(cgroup_ ? cgroup_->path() : "");
  begin_storm_watch();
  lookout_->begin_attempt(processes_.size(), now_.mono);
  investigation_.begin_attempt(processes_.size(), now_.mono);
  hung_ = judged_ = false;
  if (plan_.ranks.front().standard_input == StdinSource::copy) input_.emplace(0);
  const RaisedOomScore raised(ranks_oom_steps);
  for (std::size_t i = 0; i < processes_.size() && !tearing_down_; ++i) {
    if (!start_rank(i)) break;
    if (i % starts_between_looks == starts_between_looks - 1) look_around();
  }
  now_ = now();
  open_evidence();
  arm_lookout();
  arm_hang();
  if (input_) pump_input(false);
}

// A leaf that cannot be made is no reason not to run: the tree walk finds everybody as well.
void Supervisor::enter_cgroup(int attempt) {
  if (!cgroups_) return;
  if (attempt == 0) remove_stale_leaves(*cgroups_);
  if (auto leaf = CgroupLeaf::make(*cgroups_, attempt)) {
    cgroup_.emplace(std::move(*leaf));
    spec_.post->name_cgroup(cgroup_->path());
  }
}

void Supervisor::leave_cgroup() {
  if (!cgroup_) return;
  remove_cgroup(cgroup_->path());
  cgroup_.reset();
  spec_.post->name_cgroup("");
}

Containment Supervisor::containment() const {
  if (spec_.isolated) return Containment::pid_namespace;
  return cgroup_ ? Containment::cgroup : Containment::subreapers;
}

bool Supervisor::start_rank(std::size_t index) {
  auto& process = processes_[index];
  const int rank = static_cast<int>(index);
  auto started = starter_->start(plan_, plan_.ranks[index], cgroup_ ? cgroup_->fd() : -1);
  if (started) {
    process = std::move(*started);
    if (loan_) loan_->give_to(process.pid);
    report(job_event::RankStarted{rank, process.pid});
    step(event::RankStarted{rank});
    if (progress_) progress_->clock().rank_started(process.started.mono);
    if (process.input && input_) input_->add(std::move(process.input));
  }
  Result<void> watched = started ? pump_->watch(process, rank) : tl::make_unexpected(started.error());
  if (watched && beats_) watched = beats_->add(rank, std::move(process.heartbeat));
  if (watched && process.pidfd) {
    watched =
        epoll_->watch(process.pidfd.get(), Interest::read, {Source::rank_exit, static_cast<std::uint32_t>(index)});
  }
  if (watched) return true;
  process.pidfd.reset();     // a leader that cannot be watched is asked for at every SIGCHLD
  children_changed_ = true;  // where nobody was started at all, nobody's end wakes us
  now_ = now();
  report(job_event::StartFailed{rank, watched.error()});
  step(event::StartFailed{rank, watched.error()});
  return false;
}

void Supervisor::carry_out(const action::SignalRanks& what) {
  for (const int rank : what.ranks) signal_rank(processes_[static_cast<std::size_t>(rank)], what.signo, what.scope);
  report(job_event::SignalSent{what.ranks, what.signo});
}

// SIGCONT follows, so that a stopped rank acts on the signal that is pending for it.
void Supervisor::signal_rank(RankProcess& process, int signo, SignalScope scope) {
  if (process.state != RankProcess::State::running) return;
  const bool group = scope == SignalScope::group || (scope == SignalScope::automatic && runs_shell(process.pid));
  for (const int each : {signo, signo::cont}) {
    if (group) {
      signal_group(process.pid, each);
    } else {
      signal_process(process.pid, process.pidfd.get(), each);
    }
  }
}

void Supervisor::carry_out(const action::KillFamily& what) {
  families_.kill_family(what.rank);
  kill_interval_ = first_kill_interval;
  kill_again();
}

void Supervisor::carry_out(const action::KillEverything& /*what*/) {
  cut_inspection_short();
  families_.kill_everything();
  deadlines_.cancel(Chore::look_for_storms);
  kill_interval_ = first_kill_interval;
  kill_again();
  report(job_event::SignalSent{{}, signo::kill});
}

// A pass can miss a process that was just forked: its parent is dead by then, so the next pass finds it among ours.
void Supervisor::kill_again() {
  children_changed_ = true;
  if (!families_.kill_again()) return;
  if (kill_interval_ == longest_kill_interval && families_.only_dead_left()) return step(event::OnlyDeadHeld{});
  deadlines_.set(Chore::kill_again, now_.mono + kill_interval_);
  kill_interval_ = std::min(kill_interval_ * 2, longest_kill_interval);
}

void Supervisor::carry_out(const action::Abandon& /*what*/) {
  abandoned_ = true;
  for (const auto& text : families_.describe_left()) spec_.router->notice("gpulaunch: " + text, now_);
}

void Supervisor::carry_out(const action::Failing& what) {
  const auto& process = processes_[static_cast<std::size_t>(what.rank)];
  report(job_event::FailureDetected{what.rank, what.outcome, process.detected_by.value_or(DetectedBy::pidfd)});
}

void Supervisor::carry_out(const action::Ended& what) {
  const auto& process = processes_[static_cast<std::size_t>(what.rank)];
  const auto detected_by = process.detected_by.value_or(DetectedBy::pidfd);
  RankEnd end{what.rank, process.pid, what.outcome, what.cause, process.started, now_, {}, {}, detected_by};
  if (what.cause == EndCause::failed) {
    end.stderr_tail = spec_.router->tail({what.rank, Stream::err}, tail_lines);
    end.stdout_tail = spec_.router->tail({what.rank, Stream::out}, tail_lines);
    if (!what.announced) report(job_event::FailureDetected{what.rank, what.outcome, detected_by});
  }
  investigation_.note(end);
  report(job_event::RankExited{std::move(end)});
}

void Supervisor::carry_out(const action::Teardown& what) {
  cut_inspection_short();
  run_clock_again();
  tearing_down_ = true;
  if (what.reason == TeardownReason::hung) hung_ = true;
  end_progress();
  told_to_stop_ = told_to_stop_ || what.reason == TeardownReason::signal || what.reason == TeardownReason::timeout;
  report(job_event::TeardownStarted{what.reason, what.rank, what.signo, what.storm});
}

void Supervisor::begin_storm_watch() {
  if (spec_.max_procs == 0) return;
  storms_.emplace(spec_.max_procs, *spec_.router);
  deadlines_.set(Chore::look_for_storms, now_.mono + storms_->rest());
}

void Supervisor::look_for_storms() {
  if (auto storm = storms_->look(now_.mono, processes_)) return step(event::StormDetected{std::move(*storm)});
  deadlines_.set(Chore::look_for_storms, now_.mono + storms_->rest());
}

void Supervisor::carry_out(const action::Restart& what) {
  diagnose_attempt();
  auto next = spec_.next_plan(what.attempt);
  auto prepared = next ? spec_.router->next_attempt(*next, now_) : tl::make_unexpected(next.error());
  if (!prepared) return step(event::StartFailed{0, prepared.error()});
  plan_ = std::move(*next);
  report(job_event::Restart{&plan_, what.attempt, what.delay});
}

void Supervisor::carry_out(const action::Notice& what) { spec_.router->notice("gpulaunch: " + what.text, now_); }

void Supervisor::carry_out(const action::Finish& what) {
  diagnose_attempt();
  verdict_ = blamed(what);
  report(job_event::JobFinished{*verdict_, now_.mono - job_started_});
}

}  // namespace gpulaunch
