#include "gpulaunch/diagnosis/verdict.hpp"

#include "catch.hpp"
#include "gpulaunch/base/rank_set.hpp"
#include "scenario.hpp"

#include <fmt/format.h>

#include <iostream>
#include <random>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

std::vector<Scenario> all_scenarios() { return read_scenarios(GPULAUNCH_SCENARIO_DIR); }

std::string ranks_or_nobody(const std::vector<int>& ranks) { return ranks.empty() ? "none" : format_rank_set(ranks); }

// The verdict in a few lines, for whoever reads why a scenario fails.
std::string text_of(const Diagnosis& diagnosis) {
  auto text =
      fmt::format("ranks {}{}, {} ({})\n  cause: {}\n  fix: {}\n", ranks_or_nobody(diagnosis.culprits),
                  diagnosis.everyone ? " (everyone)" : "", diagnosis.signature.empty() ? "-" : diagnosis.signature,
                  strength_text(diagnosis.strength), diagnosis.cause, diagnosis.fix);
  if (diagnosis.quote)
    text += fmt::format("  quote: rank {}: {}\n", diagnosis.quote->rank, diagnosis.quote->line.substr(0, 150));
  for (const auto& sentence : diagnosis.evidence) text += fmt::format("  evidence: {}\n", sentence);
  for (const auto& victim : diagnosis.victims) text += fmt::format("  victim {}: {}\n", victim.rank, victim.signature);
  return text;
}

}  // namespace

TEST_CASE("in every scenario the right ranks and the right cause are named, and no innocent") {
  const auto signatures = built_in_signatures();
  const auto scenarios = all_scenarios();
  CHECK(scenarios.size() >= 40);
  for (const auto& scenario : scenarios) {
    const auto diagnosis = diagnose(scenario.file, signatures);
    const auto result = score(scenario, diagnosis);
    INFO(scenario.name << ": " << scenario.title << "\nexpected ranks " << ranks_or_nobody(scenario.expected.culprits)
                       << '\n'
                       << text_of(diagnosis));
    CHECK(result.right_ranks);
    CHECK(result.right_cause);
    CHECK(result.innocents_blamed.empty());
  }
}

TEST_CASE("the scenarios as a table", "[.][table]") {
  const auto signatures = built_in_signatures();
  int ranks = 0;
  int causes = 0;
  int blamed = 0;
  const auto scenarios = all_scenarios();
  for (const auto& scenario : scenarios) {
    const auto diagnosis = diagnose(scenario.file, signatures);
    const auto result = score(scenario, diagnosis);
    ranks += result.right_ranks ? 1 : 0;
    causes += result.right_cause ? 1 : 0;
    blamed += static_cast<int>(result.innocents_blamed.size());
    std::cout << fmt::format("{} {} {:40} {}", result.right_ranks ? "rank" : "----",
                             result.right_cause ? "cause" : "-----", scenario.name, text_of(diagnosis));
  }
  std::cout << fmt::format("{} scenarios: right rank {}, right cause {}, innocents blamed {}\n", scenarios.size(),
                           ranks, causes, blamed);
}
