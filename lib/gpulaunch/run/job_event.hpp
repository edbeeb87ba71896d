// The one stream of events that every report is made from: terminal block, JSON lines, JUnit, CI annotations. The
// supervisor emits them in the order in which they happened; consumers are pure observers and never act on the job.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/detected_by.hpp"
#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"
#include "gpulaunch/inspection/inspection.hpp"
#include "gpulaunch/output/router.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/policy/action.hpp"
#include "gpulaunch/policy/hang_clock.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gpulaunch {

struct RankEnd {
  int rank = 0;  // index into Plan::ranks
  pid_t pid = -1;
  Outcome outcome;
  EndCause cause = EndCause::finished;
  Instant started;
  Instant ended;
  std::vector<std::string> stderr_tail;  // oldest first
  std::vector<std::string> stdout_tail;
  DetectedBy detected_by = DetectedBy::pidfd;
};

// How everybody whom the job starts is held together, beside the sessions of the ranks.
enum class Containment { subreapers, cgroup, pid_namespace };

namespace job_event {

struct JobStarted {
  const Plan* plan = nullptr;
  std::vector<std::string> command;  // PROGRAM and its arguments as typed
  Containment containment = Containment::subreapers;
};
struct RankStarted {
  int rank = 0;
  pid_t pid = -1;
};
struct RankOutput {
  StreamId stream;
  std::string line;
};
struct RankExited {
  RankEnd end;
};
// The rank need not be dead yet; RankExited then follows, with the whole outcome.
struct FailureDetected {
  int rank = 0;
  Outcome outcome;
  DetectedBy detected_by = DetectedBy::pidfd;
};
// No rank has made progress for as long as --hang-timeout allows. The ranks are looked at before anything else is done;
// the teardown follows unless one of them gets on meanwhile.
struct HangSuspected {
  Nanos limit{};
  Nanos silent{};
  std::vector<RankSilence> silences;  // by rank
};
// What was found out about the ranks that run.
struct RanksInspected {
  std::optional<int> asked_by;  // the signal of --dump-on; none: because of a hang
  Findings findings;
  std::vector<RankSilence> silences;  // by rank; empty where nobody saw the output
};
struct TeardownStarted {
  TeardownReason reason = TeardownReason::rank_failed;
  std::optional<int> rank;
  std::optional<int> signo;
  std::optional<Storm> storm{};
};
struct SignalSent {
  std::vector<int> ranks;  // empty: everyone
  int signo = 0;
};
struct Restart {
  const Plan* plan = nullptr;  // of the attempt to come
  int attempt = 0;
  Nanos delay{};
};
struct StartFailed {
  int rank = 0;
  Error error;
};
// What was found out about an attempt that failed, before Restart or JobFinished; or that hung, before its
// TeardownStarted.
struct Diagnosed {
  Diagnosis diagnosis;
};
struct JobFinished {
  ExitVerdict verdict;
  Nanos duration{};
};

}  // namespace job_event

struct JobEvent {
  Instant at;
  std::variant<job_event::JobStarted, job_event::RankStarted, job_event::RankOutput, job_event::RankExited,
               job_event::FailureDetected, job_event::HangSuspected, job_event::RanksInspected,
               job_event::TeardownStarted, job_event::SignalSent, job_event::Restart, job_event::StartFailed,
               job_event::Diagnosed, job_event::JobFinished>
      what;
};

class JobObserver {
 public:
  virtual ~JobObserver() = default;
  virtual void on(const JobEvent& event) = 0;
};

}  // namespace gpulaunch
