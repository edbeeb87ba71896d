// Why an attempt failed: what is noted for that while it runs, and what is made of it when it is over.
#include "gpulaunch/run/supervisor.hpp"

#include <utility>

namespace gpulaunch {

// After the ranks were started, whom it would keep waiting.
void Supervisor::open_evidence() {
  if (!spec_.diagnosis) return;
  evidence_.emplace(EvidenceDesk::open({.cgroup = cgroup_ ? cgroup_->path() : "", .gpus = spec_.gpus}));
  if (spec_.gpus && !spec_.gpus->gpus.empty()) evidence_->watch_gpus();
}

// While the cgroup is there, which has counters of its own.
void Supervisor::gather_evidence() {
  facts_.clear();
  if (!evidence_) return;
  auto question = investigation_.question(plan_, spec_.environment);
  question.open_files = spec_.open_files;
  facts_ = evidence_->gather(question);
}

void Supervisor::conclude_diagnosis(AttemptEnd how) {
  auto file = investigation_.case_file(plan_, *spec_.router, std::move(how));
  file.facts = std::move(facts_);
  diagnosis_ = investigation_.conclude(file);
  report(job_event::Diagnosed{*diagnosis_});
}

// Before the ranks are told to end: what they say from then on only tells of that.
void Supervisor::diagnose_hang() {
  judged_ = true;
  diagnosis_.reset();
  if (!spec_.diagnosis) return;
  gather_evidence();
  conclude_diagnosis({.hung = true, .view = std::move(view_), .silences = silences(), .at = now_.mono});
}

// Once everybody is gone: the last words of the others, and what the kernel counted, tell as much as the first ones.
// The job may end between two attempts, when the last one was judged.
void Supervisor::diagnose_attempt() {
  if (std::exchange(judged_, true)) return;
  diagnosis_.reset();
  if (spec_.diagnosis && investigation_.anyone_failed()) conclude_diagnosis({});
}

// Where the first to fail was the victim of another one that failed too, the job ends as that one did.
ExitVerdict Supervisor::blamed(const action::Finish& what) const {
  if (!what.rank || !diagnosis_ || hung_) return what.verdict;
  const auto code = investigation_.code_of(diagnosis_->culprits, *what.rank);
  return code ? ExitVerdict{*code, std::nullopt} : what.verdict;
}

}  // namespace gpulaunch
