#include "gpulaunch/run/investigation.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/error_file.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace gpulaunch {
namespace {

Fate fate_of(EndCause cause) {
  switch (cause) {
    case EndCause::finished: return Fate::finished;
    case EndCause::failed: return Fate::failed;
    case EndCause::stopped_by_us: break;
  }
  return Fate::stopped;
}

// Signals that nobody gets by a fault of his own. What we sent ourselves has made the rank a stopped one.
std::optional<int> sent_by_somebody(const RankEnd& end) {
  constexpr std::array asked{signo::kill, signo::term, signo::intr, signo::hup, signo::quit, signo::usr1, signo::usr2};
  const bool was_sent = end.cause == EndCause::failed && end.outcome.kind == Outcome::Kind::signaled &&
                        std::find(asked.begin(), asked.end(), end.outcome.value) != asked.end();
  return was_sent ? std::optional(end.outcome.value) : std::nullopt;
}

std::vector<CaseLine> case_lines(std::vector<RememberedLine> remembered, Mono began) {
  std::vector<CaseLine> lines;
  lines.reserve(remembered.size());
  for (auto& line : remembered)
    lines.push_back({std::move(line.text), line.at ? std::optional(Nanos(*line.at - began)) : std::nullopt});
  return lines;
}

RankTrace trace_of(int index, const RankPlan& rank, const Environment& environment, const std::optional<RankEnd>& end) {
  RankTrace trace{.rank = index};
  if (end) {
    trace.pids = {end->pid};
    trace.outcome = end->outcome;
    trace.stopped = end->cause == EndCause::stopped_by_us;
  }
  trace.devices = value_after(rank.env, environment, "CUDA_VISIBLE_DEVICES");
  trace.nccl_ifname = value_after(rank.env, environment, "NCCL_SOCKET_IFNAME");
  trace.gloo_ifname = value_after(rank.env, environment, "GLOO_SOCKET_IFNAME");
  return trace;
}

}  // namespace

void Investigation::begin_attempt(std::size_t ranks, Mono at) {
  ends_.assign(ranks, std::nullopt);
  began_ = at;
}

void Investigation::note(const RankEnd& end) { ends_[static_cast<std::size_t>(end.rank)] = end; }

bool Investigation::anyone_failed() const {
  return std::any_of(ends_.begin(), ends_.end(), [](const auto& end) { return end && end->cause == EndCause::failed; });
}

RankAccount Investigation::account(const Plan& plan, const OutputRouter& router, std::size_t rank,
                                   const std::optional<LocalFiles>& readable) const {
  const int index = static_cast<int>(rank);
  RankAccount account;
  account.rank = index;
  account.fate = Fate::running;
  account.err = case_lines(router.remembered({index, Stream::err}), began_);
  account.out = case_lines(router.remembered({index, Stream::out}), began_);
  if (const auto last = router.last_output(index)) account.last_output = *last - began_;
  const auto& error_file = plan.ranks[rank].error_file;
  if (!readable || readable->has(error_file)) account.error = read_error_file(error_file);
  if (const auto& end = ends_[rank]) {
    account.fate = fate_of(end->cause);
    account.outcome = end->outcome;
    account.ended = end->ended.mono - began_;
    account.killed_by_outside = sent_by_somebody(*end);
  }
  return account;
}

std::optional<int> Investigation::code_of(const std::vector<int>& culprits, int first_failed) const {
  if (std::find(culprits.begin(), culprits.end(), first_failed) != culprits.end()) return std::nullopt;
  for (const int rank : culprits) {
    const auto& end = ends_[static_cast<std::size_t>(rank)];
    if (end && end->cause == EndCause::failed) return end->outcome.exit_code();
  }
  return std::nullopt;
}

EvidenceQuestion Investigation::question(const Plan& plan, const Environment& environment) const {
  EvidenceQuestion question{.master_addr = plan.master_addr, .folder = plan.working_directory};
  if (plan.master_port > 0) question.master_port = plan.master_port;
  question.temporary_folder = value_after(plan.ranks.front().env, environment, "TMPDIR").value_or("/tmp");
  for (std::size_t rank = 0; rank < ends_.size(); ++rank)
    question.ranks.push_back(trace_of(static_cast<int>(rank), plan.ranks[rank], environment, ends_[rank]));
  return question;
}

CaseFile Investigation::case_file(const Plan& plan, const OutputRouter& router, AttemptEnd how) const {
  CaseFile file;
  file.world_size = plan.world_size;
  file.hung = how.hung;
  file.view = std::move(how.view);
  const auto readable = how.hung ? std::optional(LocalFiles()) : std::nullopt;
  for (std::size_t rank = 0; rank < ends_.size(); ++rank) {
    file.ranks.push_back(account(plan, router, rank, readable));
    const auto silence = rank < how.silences.size() ? how.silences[rank].progress : std::nullopt;
    if (silence) file.ranks.back().last_progress = how.at - *silence - began_;
  }
  return file;
}

Diagnosis Investigation::conclude(const CaseFile& file) const {
  auto signatures = own_;
  auto built_in = built_in_signatures();
  std::move(built_in.begin(), built_in.end(), std::back_inserter(signatures));
  return diagnose(file, signatures);
}

}  // namespace gpulaunch
