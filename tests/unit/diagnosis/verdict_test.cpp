#include "gpulaunch/diagnosis/verdict.hpp"

#include "catch.hpp"
#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/diagnosis/matching/fact_names.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"
#include "known_signatures.hpp"
#include "scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

// The suite's folder, or another one for the table.
std::string scenario_folder() {
  const char* other = std::getenv("SCENARIOS");
  return other != nullptr ? other : GPULAUNCH_SCENARIO_DIR;
}

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
  const Matcher matcher(signatures);
  const auto scenarios = read_scenarios(GPULAUNCH_SCENARIO_DIR);
  CHECK(scenarios.size() >= 40);
  for (const auto& scenario : scenarios) {
    const auto diagnosis = diagnose(scenario.file, signatures, matcher);
    const auto result = score(scenario, diagnosis);
    INFO(scenario.name << ": " << scenario.title << "\nexpected ranks " << ranks_or_nobody(scenario.expected.culprits)
                       << '\n'
                       << text_of(diagnosis));
    CHECK(result.right_ranks);
    CHECK(result.right_cause);
    CHECK(result.innocents_blamed.empty());
  }
}

// Run with "[table]"; SCENARIOS=FOLDER scores others.
TEST_CASE("the scenarios as a table", "[.][table]") {
  const auto signatures = built_in_signatures();
  const Matcher matcher(signatures);
  int ranks = 0;
  int causes = 0;
  int blamed = 0;
  const auto scenarios = read_scenarios(scenario_folder());
  for (const auto& scenario : scenarios) {
    const auto diagnosis = diagnose(scenario.file, signatures, matcher);
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

namespace {

Signature signature(std::string id, Role role, std::vector<std::string> any) {
  Signature one;
  one.id = std::move(id);
  one.role = role;
  one.any = std::move(any);
  one.cause = "It is {what}.";
  return one;
}

RankAccount rank(int number, Fate fate, std::vector<std::string> lines, double ended = 1.0,
                 Outcome outcome = Outcome::exited(1)) {
  RankAccount account;
  account.rank = number;
  account.fate = fate;
  if (fate == Fate::failed) account.outcome = outcome;
  account.ended = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(ended));
  for (auto& line : lines) account.err.push_back({std::move(line), std::nullopt});
  return account;
}

CaseFile file_of(std::vector<RankAccount> ranks) {
  CaseFile file;
  file.world_size = static_cast<int>(ranks.size());
  file.ranks = std::move(ranks);
  return file;
}

const std::vector<Signature> two{signature("own", Role::cause, {"own trouble with (?P<what>\\w+)"}),
                                 signature("gone", Role::secondary, {"a friend is gone"})};

// As many lines of the samples as a rank may have kept, from one generator.
class Mixtures {
 public:
  explicit Mixtures(const std::vector<Signature>& signatures) {
    for (const auto& one : signatures) {
      for (const auto& sample : one.samples) lines_.insert(lines_.end(), sample.lines.begin(), sample.lines.end());
    }
    lines_.insert(lines_.end(),
                  {"", "Traceback (most recent call last):", "  File \"t.py\", line 3, in f", "ValueError: bad",
                   "\x80\xff", "Epoch 3", std::string(9000, 'y'), "last enqueued NCCL work: 3"});
  }

  CaseFile next() {
    std::vector<RankAccount> ranks;
    const int count = pick(8) + 1;
    for (int i = 0; i < count; ++i) ranks.push_back(one_rank(i));
    auto file = file_of(std::move(ranks));
    file.world_size += pick(4) == 0 ? 3 : 0;
    file.hung = pick(4) == 0;
    for (int i = pick(3); i > 0; --i) {
      const auto& names = known_facts();
      file.facts.push_back(
          {names[at(names.size())], pick(2) == 0 ? std::optional(pick(count)) : std::nullopt, "a fact"});
    }
    return file;
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::size_t at(std::size_t below) { return random_() % below; }

  RankAccount one_rank(int number) {
    constexpr Fate fates[]{Fate::failed, Fate::failed, Fate::finished, Fate::stopped, Fate::running, Fate::unknown};
    constexpr int signals[]{4, 6, 7, 9, 11, 15};
    const auto outcome =
        pick(2) == 0 ? Outcome::exited(1 + pick(200)) : Outcome::signaled(signals[pick(6)], pick(2) == 0);
    auto account = rank(number, fates[pick(6)], {}, 0.0001 * pick(50'000), outcome);
    if (pick(4) == 0) account.ended.reset();
    if (pick(9) == 0) account.killed_by_outside = 9;
    if (pick(9) == 0) account.error = ErrorRecord{lines_[at(lines_.size())], lines_[at(lines_.size())], 3};
    for (int i = pick(12); i > 0; --i)
      (pick(3) == 0 ? account.out : account.err).push_back({lines_[at(lines_.size())], std::nullopt});
    return account;
  }

  std::mt19937 random_{20260302};
  std::vector<std::string> lines_;
};

bool has_sentence(const Diagnosis& diagnosis, std::string_view part) {
  return std::any_of(diagnosis.evidence.begin(), diagnosis.evidence.end(),
                     [&](const std::string& one) { return one.find(part) != std::string::npos; });
}

const RankAccount& account_of(const CaseFile& file, int number) {
  return *std::find_if(file.ranks.begin(), file.ranks.end(), [&](const auto& one) { return one.rank == number; });
}

}  // namespace

TEST_CASE(
    "whatever ranks print, the verdict is sound: ranks that were stopped or had finished are named for a reason "
    "alone") {
  const auto signatures = built_in_signatures();
  const Matcher matcher(signatures);
  Mixtures mixtures(known_signatures());
  for (int i = 0; i < 2000; ++i) {
    const auto file = mixtures.next();
    const auto diagnosis = diagnose(file, signatures, matcher);
    CAPTURE(i, text_of(diagnosis));
    REQUIRE(std::is_sorted(diagnosis.culprits.begin(), diagnosis.culprits.end()));
    const bool waited_for = has_sentence(diagnosis, "named rank") || has_sentence(diagnosis, "timed out");
    for (const int culprit : diagnosis.culprits) {
      const auto fate = account_of(file, culprit).fate;
      if (fate == Fate::finished) REQUIRE(has_sentence(diagnosis, "exited with code 0 while others went on"));
      if (fate == Fate::stopped)
        REQUIRE((waited_for || has_sentence(diagnosis, "told of it before the others failed")));
    }
    for (const auto& victim : diagnosis.victims) {
      const auto& culprits = diagnosis.culprits;
      REQUIRE(std::find(culprits.begin(), culprits.end(), victim.rank) == culprits.end());
      const auto fate = account_of(file, victim.rank).fate;
      REQUIRE((fate == Fate::failed || fate == Fate::unknown));
    }
  }
}

TEST_CASE("nothing is said of a job without ranks, or where nothing went wrong") {
  CHECK(diagnose({}, two).culprits.empty());
  const auto diagnosis = diagnose(file_of({rank(0, Fate::finished, {"own trouble with luck"})}), two);
  CHECK(diagnosis.culprits.empty());
  CHECK(diagnosis.cause.empty());
}

TEST_CASE("the verdict says the cause with what the text caught, quotes the line and tells why it was this rank") {
  const auto diagnosis = diagnose(file_of({rank(0, Fate::failed, {"a friend is gone"}, 2.5),
                                           rank(1, Fate::failed, {"noise", "own trouble with disks", "noise"}, 1.3),
                                           rank(2, Fate::stopped, {"own trouble with teardown"}, 3.0)}),
                                  two);
  CHECK(diagnosis.culprits == std::vector<int>{1});
  CHECK(diagnosis.signature == "own");
  CHECK(diagnosis.cause == "It is disks.");
  REQUIRE(diagnosis.quote);
  CHECK(diagnosis.quote->rank == 1);
  CHECK(diagnosis.quote->line == "own trouble with disks");
  CHECK(diagnosis.evidence == std::vector<std::string>{"rank 1 failed 1.2 s before rank 0",
                                                       "rank 0 only tells of others that were gone or late",
                                                       "rank 2, which was stopped, said the same"});
  REQUIRE(diagnosis.victims.size() == 1);
  CHECK(diagnosis.victims[0].rank == 0);
  CHECK(diagnosis.victims[0].signature == "gone");
  CHECK(diagnosis.victims[0].line == "a friend is gone");
}

TEST_CASE("a fact that the signature asks for makes it certain, and its sentence is evidence") {
  auto sure = two;
  sure[0].certain_if = {"disk-full"};
  auto file = file_of({rank(0, Fate::failed, {"own trouble with disks"})});
  CHECK(diagnose(file, sure).strength == Strength::likely);
  file.facts.push_back({"disk-full", 1, "the disk of rank 1 is full"});
  CHECK(diagnose(file, sure).strength == Strength::likely);
  file.facts.push_back({"disk-full", 0, "the disk of rank 0 is full"});
  const auto diagnosis = diagnose(file, sure);
  CHECK(diagnosis.strength == Strength::certain);
  CHECK(diagnosis.evidence == std::vector<std::string>{"the disk of rank 0 is full"});
}

TEST_CASE("a signature that needs a fact is not there without it, and one that needs an end not with another") {
  auto strict = two;
  strict[0].evidence = {"xid-79"};
  auto file = file_of({rank(0, Fate::failed, {"own trouble with disks"})});
  CHECK(diagnose(file, strict).signature.empty());
  file.facts.push_back({"xid-79", std::nullopt, "Xid 79"});
  CHECK(diagnose(file, strict).signature == "own");
  strict[0].evidence.clear();
  strict[0].ends = {{.code = {}, .signo = 9, .core = false}};
  CHECK(diagnose(file, strict).signature.empty());
  file.ranks[0].outcome = Outcome::signaled(9);
  CHECK(diagnose(file, strict).signature == "own");
}

TEST_CASE("of two signatures the more specific one is told, and of equal ones the earlier line") {
  auto three = two;
  three.push_back(signature("other", Role::cause, {"other trouble"}));
  const auto file = file_of({rank(0, Fate::failed, {"other trouble", "own trouble with disks"})});
  CHECK(diagnose(file, three).signature == "other");
  three[0].weight = 60;
  CHECK(diagnose(file, three).signature == "own");
}

TEST_CASE("the error file's words come before those of the terminal") {
  auto file = file_of({rank(0, Fate::failed, {"other trouble"})});
  file.ranks[0].error = ErrorRecord{"own trouble with files", "", std::nullopt};
  auto three = two;
  three.push_back(signature("other", Role::cause, {"other trouble"}));
  three.back().weight = 80;
  const auto diagnosis = diagnose(file, three);
  CHECK(diagnosis.signature == "own");
  CHECK(diagnosis.evidence == std::vector<std::string>{"the error file of rank 0 says so"});
}

TEST_CASE("ranks that fail alike are named together, and all of them as everyone") {
  auto file =
      file_of({rank(0, Fate::failed, {"own trouble with a"}, 1.0), rank(1, Fate::failed, {"own trouble with b"}, 2.0)});
  auto diagnosis = diagnose(file, two);
  CHECK(diagnosis.culprits == std::vector<int>{0, 1});
  CHECK(diagnosis.everyone);
  CHECK(diagnosis.evidence == std::vector<std::string>{"all 2 ranks failed alike"});
  file.world_size = 4;
  CHECK_FALSE(diagnose(file, two).everyone);
}
