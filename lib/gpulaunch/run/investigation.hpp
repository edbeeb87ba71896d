// Why an attempt failed, or hung. While it runs, only the ends of its ranks are noted; afterwards everything that is
// known (ends, times, what was kept of the output, error files, facts about the machine) becomes a case file, and the
// signatures are read and judge it. The supervisor asks once for each attempt that failed.
#pragma once

#include "gpulaunch/diagnosis/evidence/question.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"
#include "gpulaunch/output/router.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/policy/hang_clock.hpp"
#include "gpulaunch/run/job_event.hpp"
#include "gpulaunch/run/local_files.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace gpulaunch {

// What made the attempt end, as far as a diagnosis goes.
struct AttemptEnd {
  bool hung = false;
  std::optional<HangView> view{};       // of a hang
  std::vector<RankSilence> silences{};  // of a hang, by rank
  Mono at{};                            // when the silences were measured
};

class Investigation {
 public:
  // `own`: the user's signatures, which go before those that are built in.
  explicit Investigation(std::vector<Signature> own) : own_(std::move(own)) {}

  void begin_attempt(std::size_t ranks, Mono at);
  void note(const RankEnd& end);
  [[nodiscard]] bool anyone_failed() const;
  // None while it runs.
  [[nodiscard]] const std::optional<RankEnd>& end_of(std::size_t rank) const { return ends_[rank]; }

  // What to look for on this machine. `environment` is the launcher's own.
  [[nodiscard]] EvidenceQuestion question(const Plan& plan, const Environment& environment) const;
  // Of a hang it is made before the ranks are ended: what they say from then on only tells of that. Error files on a
  // file server are not read then, for the ranks would live until it answers.
  [[nodiscard]] CaseFile case_file(const Plan& plan, const OutputRouter& router, AttemptEnd how) const;
  [[nodiscard]] Diagnosis conclude(const CaseFile& file) const;
  // The exit code of the first of the culprits that failed on its own; none where that is no news or nobody did.
  [[nodiscard]] std::optional<int> code_of(const std::vector<int>& culprits, int first_failed) const;

 private:
  [[nodiscard]] RankAccount account(const Plan& plan, const OutputRouter& router, std::size_t rank,
                                    const std::optional<LocalFiles>& readable) const;

  std::vector<Signature> own_;
  std::vector<std::optional<RankEnd>> ends_;
  Mono began_{};
};

}  // namespace gpulaunch
