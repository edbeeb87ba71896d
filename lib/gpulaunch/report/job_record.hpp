// What is known about a job after the events so far, as a value: the one place where reports that speak about the job
// as a whole (summary, JUnit, CI, the parent's error file) get their facts from. A restart begins the record of a new
// attempt. Ranks are indices into Plan::ranks; the plan that an event points to must live until the next Restart or
// JobFinished has been delivered.
#pragma once

#include "gpulaunch/run/job_event.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct RankRecord {
  bool started = false;
  bool ran_at_teardown = false;
  pid_t pid = -1;
  std::vector<int> signals;    // that we sent while it ran: in order, without repeats, without SIGCONT
  std::optional<RankEnd> end;  // tails shortened
};

// What ended the job, as far as the user is concerned: the first cause, not what followed from it.
enum class Ending { success, rank_failed, start_failed, timed_out, told_to_stop, storm, hung, launcher_failed };

class JobRecord {
 public:
  JobRecord();
  void note(const JobEvent& event);

  [[nodiscard]] const Plan& plan() const { return *plan_; }  // an empty one before JobStarted
  [[nodiscard]] const RankPlan& planned(int rank) const { return plan_->ranks[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] const RankRecord& rank(int rank) const { return ranks_[static_cast<std::size_t>(rank)]; }
  [[nodiscard]] int rank_count() const { return static_cast<int>(ranks_.size()); }
  [[nodiscard]] int attempt() const { return attempt_; }
  [[nodiscard]] const std::vector<std::string>& command() const { return command_; }
  [[nodiscard]] Instant started() const { return started_; }

  // The rank that failed first on its own: the first one in time, unless the diagnosis knows that another one did.
  [[nodiscard]] std::optional<int> culprit() const;
  // The diagnosis blames it, whatever its end was; false without one.
  [[nodiscard]] bool is_blamed(int rank) const;
  // It failed, but because of another one.
  [[nodiscard]] bool is_victim(int rank) const;
  [[nodiscard]] const std::optional<Diagnosis>& diagnosis() const { return diagnosis_; }
  // Before it is dead, what was seen of it; then what waitid said (a core file may have been written meanwhile).
  [[nodiscard]] Outcome culprit_outcome() const;
  [[nodiscard]] const std::optional<job_event::StartFailed>& start_failure() const { return start_failure_; }
  [[nodiscard]] const std::optional<job_event::TeardownStarted>& teardown() const { return teardown_; }
  // The hang that was suspected last, and what was then found.
  [[nodiscard]] const std::optional<job_event::HangSuspected>& hang() const { return hang_; }
  [[nodiscard]] const std::optional<job_event::RanksInspected>& inspected() const { return inspected_; }
  [[nodiscard]] const ExitVerdict& verdict() const { return finished_.verdict; }
  [[nodiscard]] Nanos duration() const { return finished_.duration; }
  // The rest makes sense once the job has finished.
  [[nodiscard]] Ending ending() const;
  [[nodiscard]] std::optional<int> stop_signal() const;
  // True where every rank of this node failed on its own in the same way, and there are two at least.
  [[nodiscard]] bool all_failed_alike() const;

 private:
  void see(const job_event::JobStarted& started, Instant at);
  void see(const job_event::RankStarted& started, Instant at);
  void see(const job_event::RankOutput&, Instant) {}
  void see(const job_event::RankExited& exited, Instant at);
  void see(const job_event::FailureDetected& failure, Instant at);
  void see(const job_event::HangSuspected& hang, Instant at);
  void see(const job_event::RanksInspected& inspected, Instant at);
  void see(const job_event::TeardownStarted& teardown, Instant at);
  void see(const job_event::SignalSent& sent, Instant at);
  void see(const job_event::Restart& restart, Instant at);
  void see(const job_event::StartFailed& failure, Instant at);
  void see(const job_event::Diagnosed& found, Instant) { diagnosis_ = found.diagnosis; }
  void see(const job_event::JobFinished& finished, Instant at);
  [[nodiscard]] std::optional<int> culprit_in_time() const;
  void begin_attempt(const Plan* plan, int attempt);

  const Plan* plan_;  // never null
  std::vector<std::string> command_;
  Instant started_;
  int attempt_ = 0;
  std::vector<RankRecord> ranks_;
  std::optional<job_event::FailureDetected> detected_;
  std::optional<int> first_failed_exit_;
  std::optional<job_event::StartFailed> start_failure_;
  std::optional<Diagnosis> diagnosis_;
  std::optional<job_event::TeardownStarted> teardown_;  // the first: later ones follow from it
  std::optional<job_event::HangSuspected> hang_;
  std::optional<job_event::RanksInspected> inspected_;
  job_event::JobFinished finished_;
};

}  // namespace gpulaunch
