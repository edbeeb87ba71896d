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

bool Supervisor::is_to_be_diagnosed() const {
  return spec_.diagnosis && (hung_case_ || investigation_.anyone_failed());
}

// Before ranks that hang are told to end.
void Supervisor::hold_hung_case() {
  hung_case_.reset();
  if (!spec_.diagnosis) return;
  hung_case_ = investigation_.case_file(
      plan_, *spec_.router, {.hung = true, .view = std::move(view_), .silences = silences(), .at = now_.mono});
}

// While the cgroup is there, which has counters of its own.
void Supervisor::gather_evidence() {
  facts_.clear();
  if (!evidence_ || !is_to_be_diagnosed()) return;
  auto question = investigation_.question(plan_, spec_.environment);
  question.open_files = spec_.open_files;
  facts_ = evidence_->gather(question);
}

// Once everybody is gone: the last words of the others, and what the kernel counted, tell as much as the first ones.
void Supervisor::diagnose_attempt() {
  diagnosis_.reset();
  if (!is_to_be_diagnosed()) return;
  auto file = hung_case_ ? std::move(*hung_case_) : investigation_.case_file(plan_, *spec_.router, {});
  hung_case_.reset();
  file.facts = std::move(facts_);
  diagnosis_ = investigation_.conclude(file);
  report(job_event::Diagnosed{*diagnosis_});
}

// Where the first to fail was the victim of another one that failed too, the job ends as that one did.
ExitVerdict Supervisor::blamed(const action::Finish& what) const {
  if (!what.rank || !diagnosis_) return what.verdict;
  const auto code = investigation_.code_of(diagnosis_->culprits, *what.rank);
  return code ? ExitVerdict{*code, std::nullopt} : what.verdict;
}

}  // namespace gpulaunch
