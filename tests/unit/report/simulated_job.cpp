#include "simulated_job.hpp"

namespace gpulaunch::testing {

// Not inline: GCC 12, optimising, takes members of the variant's other alternatives for uninitialised.
SimulatedJob& SimulatedJob::emit(decltype(JobEvent::what) what) {
  events_.push_back({clock_, std::move(what)});
  return *this;
}

Diagnosis out_of_memory(int rank) {
  Diagnosis found;
  found.culprits = {rank};
  found.signature = "cuda-out-of-memory";
  found.strength = Strength::likely;
  found.cause = "The memory of the GPU did not suffice.";
  found.fix = "Use smaller batches.";
  found.quote = Quote{rank, "CUDA out of memory"};
  return found;
}

SimulatedJob job_with_a_victim_first(const Diagnosis& found, int code) {
  SimulatedJob job(3);
  job.start_all().wait(2s).fails(0, Outcome::exited(1), {"Connection reset by peer"});
  job.tears_down(TeardownReason::rank_failed, 0).signals({1, 2}, 15);
  job.fails(1, Outcome::exited(9), {"CUDA out of memory", "at the end"}).stopped({2}, 15);
  return std::move(job.emit(job_event::Diagnosed{found}).finish(code));
}

JobRecord record_of(const SimulatedJob& job) {
  struct Noting final : JobObserver {
    void on(const JobEvent& event) override { record.note(event); }
    JobRecord record;
  } noting;
  job.play(noting);
  return noting.record;
}

}  // namespace gpulaunch::testing
