#include "gpulaunch/report/job_record.hpp"

#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

// Reports quote at most these; with 1,024 ranks a record must stay small.
constexpr std::size_t tail_lines = 20;
constexpr std::size_t tail_line_bytes = 2000;

const Plan& no_plan() {
  static const Plan nothing;
  return nothing;
}

void shorten(std::vector<std::string>& tail) {
  if (tail.size() > tail_lines) tail.erase(tail.begin(), tail.end() - tail_lines);
  for (auto& line : tail) {
    // Of a bar that draws over itself the end is what was seen last; of any other line the start tells more.
    if (line.size() > tail_line_bytes && line.find('\r') != std::string::npos)
      line.erase(0, line.size() - tail_line_bytes);
    else if (line.size() > tail_line_bytes)
      line.resize(tail_line_bytes);
    line.shrink_to_fit();
  }
}

// SIGCONT only lets a stopped rank act on the signal before it, and a dead one was not stopped by what came later.
void add_signal(RankRecord& rank, int signo) {
  if (!rank.started || rank.end || signo == signo::cont) return;
  if (std::find(rank.signals.begin(), rank.signals.end(), signo) == rank.signals.end()) rank.signals.push_back(signo);
}

}  // namespace

JobRecord::JobRecord() : plan_(&no_plan()) {}

void JobRecord::note(const JobEvent& event) {
  std::visit([&](const auto& what) { see(what, event.at); }, event.what);
}

void JobRecord::begin_attempt(const Plan* plan, int attempt) {
  plan_ = plan;
  attempt_ = attempt;
  ranks_.assign(plan->ranks.size(), {});
  detected_.reset();
  first_failed_exit_.reset();
  start_failure_.reset();
  diagnosis_.reset();
  teardown_.reset();
  hang_.reset();
  inspected_.reset();
}

void JobRecord::see(const job_event::JobStarted& started, Instant at) {
  command_ = started.command;
  started_ = at;
  begin_attempt(started.plan, started.plan->attempt);
}

void JobRecord::see(const job_event::Restart& restart, Instant) { begin_attempt(restart.plan, restart.attempt); }

void JobRecord::see(const job_event::RankStarted& started, Instant) {
  auto& rank = ranks_[static_cast<std::size_t>(started.rank)];
  rank.started = true;
  rank.pid = started.pid;
}

void JobRecord::see(const job_event::RankExited& exited, Instant) {
  auto& rank = ranks_[static_cast<std::size_t>(exited.end.rank)];
  rank.end = exited.end;
  shorten(rank.end->stderr_tail);
  shorten(rank.end->stdout_tail);
  // It was taken for a failure before it was dead, and was none.
  if (exited.end.cause == EndCause::finished && detected_ && detected_->rank == exited.end.rank) detected_.reset();
  if (exited.end.cause == EndCause::failed && !first_failed_exit_) first_failed_exit_ = exited.end.rank;
}

// The supervisor may tell of the exit before or after the failure; what it calls the first failure counts.
void JobRecord::see(const job_event::FailureDetected& failure, Instant) {
  if (!detected_) detected_ = failure;
}

void JobRecord::see(const job_event::HangSuspected& hang, Instant) { hang_ = hang; }

void JobRecord::see(const job_event::RanksInspected& inspected, Instant) {
  if (!inspected.asked_by) inspected_ = inspected;
}

void JobRecord::see(const job_event::TeardownStarted& teardown, Instant) {
  if (teardown_) return;
  teardown_ = teardown;
  for (auto& rank : ranks_) rank.ran_at_teardown = rank.started && !rank.end;
}

void JobRecord::see(const job_event::SignalSent& sent, Instant) {
  for (const int rank : sent.ranks) add_signal(ranks_[static_cast<std::size_t>(rank)], sent.signo);
  if (!sent.ranks.empty()) return;
  for (auto& rank : ranks_) add_signal(rank, sent.signo);
}

void JobRecord::see(const job_event::StartFailed& failure, Instant) {
  if (!start_failure_) start_failure_ = failure;
}

void JobRecord::see(const job_event::JobFinished& finished, Instant) { finished_ = finished; }

std::optional<int> JobRecord::culprit_in_time() const {
  return detected_ ? std::optional(detected_->rank) : first_failed_exit_;
}

std::optional<int> JobRecord::culprit() const {
  const auto first = culprit_in_time();
  if (!diagnosis_ || !first) return first;
  if (is_blamed(*first)) return first;
  const auto& blamed = diagnosis_->culprits;
  const auto failed = std::find_if(blamed.begin(), blamed.end(), [this](int rank) {
    const auto& end = ranks_[static_cast<std::size_t>(rank)].end;
    return end && end->cause == EndCause::failed;
  });
  return failed == blamed.end() ? first : std::optional(*failed);
}

bool JobRecord::is_blamed(int rank) const {
  if (!diagnosis_) return false;
  const auto& blamed = diagnosis_->culprits;
  return std::find(blamed.begin(), blamed.end(), rank) != blamed.end();
}

bool JobRecord::is_victim(int rank) const {
  return diagnosis_ && std::any_of(diagnosis_->victims.begin(), diagnosis_->victims.end(),
                                   [rank](const Victim& victim) { return victim.rank == rank; });
}

Outcome JobRecord::culprit_outcome() const {
  const auto who = culprit();
  if (who && rank(*who).end) return rank(*who).end->outcome;
  return detected_ && detected_->rank == who ? detected_->outcome : Outcome{};
}

// The first teardown decides: a timeout or a Ctrl-C while the ranks of a failed job are being stopped does not make
// the job one that timed out or was told to stop.
Ending JobRecord::ending() const {
  if (verdict().code == exit_status::success) return Ending::success;
  if (teardown_ && teardown_->reason == TeardownReason::guardian_lost) return Ending::launcher_failed;
  if (teardown_ && teardown_->storm) return Ending::storm;
  if (start_failure_) return Ending::start_failed;
  if (teardown_ && teardown_->reason == TeardownReason::hung) return Ending::hung;
  if (teardown_ && teardown_->reason == TeardownReason::timeout) return Ending::timed_out;
  if (teardown_ && teardown_->reason == TeardownReason::signal) return Ending::told_to_stop;
  if (culprit()) return Ending::rank_failed;
  // Between two attempts nothing runs, and nothing is torn down.
  if (verdict().raise_signal) return Ending::told_to_stop;
  return verdict().code == exit_status::timed_out ? Ending::timed_out : Ending::launcher_failed;
}

std::optional<int> JobRecord::stop_signal() const {
  if (teardown_ && teardown_->reason == TeardownReason::signal && teardown_->signo) return teardown_->signo;
  return verdict().raise_signal;
}

// Typical of a bad argument or a missing module: eight ranks say the same, and none of them is special.
bool JobRecord::all_failed_alike() const {
  const auto outcome = culprit_outcome();
  return ranks_.size() >= 2 && std::all_of(ranks_.begin(), ranks_.end(), [&](const RankRecord& rank) {
           return rank.end && rank.end->cause == EndCause::failed && rank.end->outcome == outcome;
         });
}

}  // namespace gpulaunch
