#include "gpulaunch/inspection/laggards.hpp"

#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/inspection/rank_place.hpp"
#include "gpulaunch/inspection/ras_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace gpulaunch {
namespace {

using Ranks = std::vector<const RankFindings*>;

constexpr double idle = 0.1;   // of a core
constexpr double spins = 0.5;  // other ranks may want the same core

struct Naming {
  LagGround ground;
  std::vector<int> ranks;
  std::string reason;
  std::string others_wait_in{};
};
using MaybeNaming = std::optional<Naming>;

// "rank 3 is", "ranks 3, 5 are"
std::string subject(const Ranks& ranks, std::string_view one = "is", std::string_view many = "are") {
  std::vector<int> numbers;
  for (const auto* rank : ranks) numbers.push_back(rank->rank);
  return fmt::format("{} {}", name_ranks(numbers), ranks.size() == 1 ? one : many);
}

MaybeNaming naming(LagGround ground, const Ranks& ranks, std::string reason) {
  Naming result{ground, {}, std::move(reason)};
  for (const auto* rank : ranks) result.ranks.push_back(rank->rank);
  return result;
}

// Those who wait are in the majority; of two ranks one waits for the other.
bool few_of(const Ranks& some, std::size_t all) {
  return !some.empty() && some.size() < all && (some.size() == 1 || some.size() * 2 < all);
}

Ranks select(const Findings& findings, const std::function<bool(const RankFindings&)>& wanted) {
  Ranks selected;
  for (const auto& rank : findings.ranks) {
    if (wanted(rank)) selected.push_back(&rank);
  }
  return selected;
}

MaybeNaming stopped_ranks(const Findings& findings) {
  const auto stopped = select(findings, [](const auto& rank) { return rank.state == 'T' || rank.state == 't'; });
  if (!few_of(stopped, findings.ranks.size())) return std::nullopt;
  const bool traced = stopped.front()->state == 't';
  return naming(traced ? LagGround::traced : LagGround::stopped, stopped,
                fmt::format("{} stopped {}, the others are not", subject(stopped),
                            traced ? "by a debugger" : "by a signal (SIGSTOP, Ctrl-Z)"));
}

MaybeNaming ranks_that_nccl_names(const Findings& findings) {
  const auto suspects = ras_suspects(findings.nccl);
  const auto of = [&](const std::vector<pid_t>& pids) {
    return select(findings, [&](const auto& rank) { return std::ranges::find(pids, rank.pid) != pids.end(); });
  };
  const auto missing = of(suspects.missing);
  if (few_of(missing, findings.ranks.size()))
    return naming(LagGround::missing_in_nccl, missing,
                  fmt::format("{} not answer NCCL while the others do", subject(missing, "does", "do")));
  const auto behind = of(suspects.behind);
  if (!few_of(behind, findings.ranks.size())) return std::nullopt;
  return naming(LagGround::behind_in_nccl, behind,
                fmt::format("{} launched fewer NCCL operations than the others", subject(behind, "has", "have")));
}

MaybeNaming ranks_in_the_kernel(const Findings& findings) {
  const auto stuck = select(findings, [](const auto& rank) { return rank.state == 'D'; });
  if (!few_of(stuck, findings.ranks.size())) return std::nullopt;
  const auto& wait = stuck.front()->waits_in;
  return naming(LagGround::in_kernel, stuck,
                fmt::format("{} stuck in the kernel{}, the others are not", subject(stuck),
                            wait.empty() ? "" : fmt::format(" ({})", wait)));
}

struct Placed {
  const RankFindings* rank;
  RankPlace place;
};

// Nothing unless something is known of each rank.
std::optional<std::vector<Placed>> places_of_all(const Findings& findings) {
  std::vector<Placed> placed;
  for (const auto& rank : findings.ranks) {
    auto place = place_of_kind(rank, findings);
    if (!place) return std::nullopt;
    placed.push_back({&rank, std::move(*place)});
  }
  return placed;
}

std::string places_text(const std::vector<Placed>& placed, const std::function<bool(const Placed&)>& wanted) {
  std::set<std::string> texts;
  for (const auto& one : placed) {
    if (wanted(one)) texts.insert(one.place.text());
  }
  return fmt::format("{}", fmt::join(texts, " or "));
}

MaybeNaming ranks_elsewhere(const std::vector<Placed>& placed) {
  Ranks elsewhere;
  for (const auto& one : placed) {
    if (!one.place.waits) elsewhere.push_back(one.rank);
  }
  if (!few_of(elsewhere, placed.size())) return std::nullopt;
  const auto others = places_text(placed, [](const auto& one) { return one.place.waits; });
  auto named = naming(LagGround::elsewhere, elsewhere,
                      fmt::format("{} in {} while the others wait in {}", subject(elsewhere),
                                  places_text(placed, [](const auto& one) { return !one.place.waits; }), others));
  named->others_wait_in = others;
  return named;
}

// All are inside a collective operation, but one of them inside another one. Lines alone do not count: with NCCL the
// processor runs ahead of what the GPUs wait for.
MaybeNaming rank_in_another_operation(const std::vector<Placed>& placed) {
  if (placed.size() < 3) return std::nullopt;
  for (const auto& odd : placed) {
    const auto& usual = (&odd == &placed.front() ? placed[1] : placed.front()).place;
    const auto is_usual = [&](const Placed& one) {
      return &one == &odd || (one.place.collective && one.place.function == usual.function);
    };
    if (!odd.place.collective || odd.place.function == usual.function) continue;
    if (!std::ranges::all_of(placed, is_usual)) continue;
    auto named =
        naming(LagGround::other_operation, {odd.rank},
               fmt::format("{} in {} while the others are in {}", subject({odd.rank}), odd.place.text(), usual.text()));
    named->others_wait_in = usual.text();
    return named;
  }
  return std::nullopt;
}

bool is_asleep(const RankFindings& rank) { return rank.state == 'S' && rank.busy < idle; }

// Two ranks that differ do not say which of them waits: some libraries spin while they wait and others sleep.
MaybeNaming rank_that_sleeps(const Findings& findings) {
  const auto asleep = select(findings, is_asleep);
  const auto running = select(findings, [](const auto& rank) { return rank.state == 'R'; });
  if (findings.ranks.size() < 3 || asleep.size() != 1 || running.size() + 1 != findings.ranks.size())
    return std::nullopt;
  const auto& wait = asleep.front()->waits_in;
  return naming(LagGround::alone_asleep, asleep,
                fmt::format("{} asleep{} while all others are busy", subject(asleep),
                            wait.empty() ? "" : fmt::format(" in {}", wait)));
}

MaybeNaming rank_that_runs(const Findings& findings) {
  const auto running = select(findings, [](const auto& rank) { return rank.state == 'R' && rank.busy >= spins; });
  const auto asleep = select(findings, is_asleep);
  if (running.size() != 1 || asleep.size() < 2 || asleep.size() + 1 != findings.ranks.size()) return std::nullopt;
  const bool alike = std::ranges::all_of(asleep, [&](auto* rank) { return rank->waits_in == asleep[0]->waits_in; });
  if (!alike) return std::nullopt;
  return naming(LagGround::alone_busy, running, fmt::format("{} computing while all others sleep", subject(running)));
}

// Stacks say more than who is busy: where they show all ranks waiting alike, that is the answer.
MaybeNaming by_stacks_or_load(const Findings& findings) {
  const auto placed = places_of_all(findings);
  const bool anyone_waits = placed && std::ranges::any_of(*placed, [](const auto& one) { return one.place.waits; });
  if (anyone_waits) {
    if (auto named = ranks_elsewhere(*placed)) return named;
    return rank_in_another_operation(*placed);
  }
  if (auto named = rank_that_sleeps(findings)) return named;
  return rank_that_runs(findings);
}

// Where all of several ranks wait for each other.
std::string place_of_all_waiting(const Findings& findings) {
  const auto placed = places_of_all(findings);
  const bool all =
      placed && placed->size() > 1 && std::ranges::all_of(*placed, [](const auto& one) { return one.place.waits; });
  return all ? places_text(*placed, [](const auto&) { return true; }) : "";
}

}  // namespace

void name_laggards(Findings& findings) {
  findings.laggards.clear();
  findings.laggard_reason.clear();
  findings.laggard_ground = LagGround::none;
  findings.others_wait_in.clear();
  findings.all_wait_in.clear();
  for (const auto rule : {stopped_ranks, ranks_that_nccl_names, ranks_in_the_kernel, by_stacks_or_load}) {
    auto named = rule(findings);
    if (!named) continue;
    findings.laggards = std::move(named->ranks);
    findings.laggard_reason = std::move(named->reason);
    findings.laggard_ground = named->ground;
    findings.others_wait_in = std::move(named->others_wait_in);
    return;
  }
  findings.all_wait_in = place_of_all_waiting(findings);
}

}  // namespace gpulaunch
