// A job that never ran: the stream of events that a supervisor would emit for it, at made-up times that are the same on
// each run. Each method appends one event (or the few that belong together); play() hands them all to an observer.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gpulaunch::testing {

using namespace std::chrono_literals;

class SimulatedJob {
 public:
  explicit SimulatedJob(int ranks) : plan_(std::make_unique<Plan>()) {
    plan_->run_id = "3f2a";
    plan_->host = "node01";
    plan_->world_size = ranks;
    plan_->master_addr = "127.0.0.1";
    plan_->master_port = 29500;
    plan_->working_directory = "/work/run";
    for (int rank = 0; rank < ranks; ++rank) {
      RankPlan planned;
      planned.rank = Rank(rank);
      planned.local_rank = LocalRank(rank);
      plan_->ranks.push_back(planned);
    }
  }

  [[nodiscard]] Plan& plan() { return *plan_; }
  [[nodiscard]] RankPlan& planned(int rank) { return plan_->ranks[static_cast<std::size_t>(rank)]; }

  SimulatedJob& command(std::vector<std::string> words) {
    command_ = std::move(words);
    return *this;
  }
  SimulatedJob& wait(Nanos time) {
    clock_.mono += time;
    clock_.wall += time;
    return *this;
  }
  SimulatedJob& emit(decltype(JobEvent::what) what);

  SimulatedJob& start() {
    began_ = clock_;
    return emit(job_event::JobStarted{plan_.get(), command_, {}});
  }
  SimulatedJob& start_ranks(int first, int last) {
    attempt_began_ = clock_;
    for (int rank = first; rank <= last; ++rank) emit(job_event::RankStarted{rank, pid(rank)});
    return *this;
  }
  SimulatedJob& start_all() { return start().start_ranks(0, static_cast<int>(plan_->ranks.size()) - 1); }

  SimulatedJob& ends(int rank, Outcome outcome, EndCause cause, std::vector<std::string> stderr_tail = {},
                     std::vector<std::string> stdout_tail = {}) {
    return emit(job_event::RankExited{
        {rank, pid(rank), outcome, cause, attempt_began_, clock_, std::move(stderr_tail), std::move(stdout_tail)}});
  }
  SimulatedJob& finishes(int rank) { return ends(rank, Outcome::exited(0), EndCause::finished); }
  SimulatedJob& fails(int rank, Outcome outcome, std::vector<std::string> stderr_tail = {},
                      std::vector<std::string> stdout_tail = {}) {
    emit(job_event::FailureDetected{rank, outcome});
    return ends(rank, outcome, EndCause::failed, std::move(stderr_tail), std::move(stdout_tail));
  }
  SimulatedJob& tears_down(TeardownReason reason, std::optional<int> rank = {}, std::optional<int> signo = {}) {
    return emit(job_event::TeardownStarted{reason, rank, signo});
  }
  SimulatedJob& signals(std::vector<int> ranks, int signo) {
    return emit(job_event::SignalSent{std::move(ranks), signo});
  }
  SimulatedJob& stopped(const std::vector<int>& ranks, int signo) {
    for (const int rank : ranks) ends(rank, Outcome::signaled(signo), EndCause::stopped_by_us);
    return *this;
  }
  SimulatedJob& restarts(int attempt, Nanos delay) {
    emit(job_event::Restart{plan_.get(), attempt, delay});
    return wait(delay);
  }
  SimulatedJob& finish(int code, std::optional<int> raise_signal = {}) {
    return emit(job_event::JobFinished{{code, raise_signal}, clock_.mono - began_.mono});
  }

  void play(JobObserver& observer) const {
    for (const auto& event : events_) observer.on(event);
  }

 private:
  [[nodiscard]] static pid_t pid(int rank) { return 4240 + rank; }

  std::unique_ptr<Plan> plan_;  // events point to it
  std::vector<std::string> command_{"./train", "--epochs", "3"};
  Instant clock_{Mono(1000s), Wall(1795349148s + 120ms)};
  Instant began_ = clock_;
  Instant attempt_began_ = clock_;
  std::vector<JobEvent> events_;
};

// Eight ranks with a device each; rank 2 exits with 7 after 12.3 s, and the others are stopped.
inline SimulatedJob one_of_eight_fails(std::vector<std::string> stderr_tail) {
  SimulatedJob job(8);
  for (int rank = 0; rank < 8; ++rank) job.planned(rank).devices = {std::to_string(rank)};
  job.start_all().wait(12300ms).fails(2, Outcome::exited(7), std::move(stderr_tail));
  job.tears_down(TeardownReason::rank_failed, 2).signals({0, 1, 3, 4, 5, 6, 7}, 15).wait(40ms);
  return std::move(job.stopped({0, 1, 3, 4, 5, 6, 7}, 15).finish(7));
}

// That the GPU's memory did not suffice for this rank; without evidence and victims.
[[nodiscard]] Diagnosis out_of_memory(int rank);

// Of three ranks, rank 0 fails first with the words of a victim (code 1), rank 1 in the next moment (code 9), and rank
// 2 is stopped; this is what is found.
[[nodiscard]] SimulatedJob job_with_a_victim_first(const Diagnosis& found, int code);

// What is known at the end of the job, which must outlive it.
[[nodiscard]] JobRecord record_of(const SimulatedJob& job);

}  // namespace gpulaunch::testing
