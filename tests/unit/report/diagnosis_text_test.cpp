// How a diagnosis is worded.
#include "gpulaunch/report/diagnosis_text.hpp"

#include "catch.hpp"
#include "gpulaunch/report/diagnosis_json.hpp"
#include "simulated_job.hpp"

#include <nlohmann/json.hpp>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using Lines = std::vector<std::string>;

namespace {

// Of rank 3, with which four others fell.
Diagnosis with_victims() {
  auto diagnosis = out_of_memory(3);
  diagnosis.evidence = {"rank 3 failed first"};
  for (const int rank : {0, 1, 2, 4}) diagnosis.victims.push_back({rank, "nccl-remote-error", "remote process exited"});
  return diagnosis;
}

CaseFile of_eight() {
  CaseFile file;
  file.world_size = 8;
  return file;
}

std::string json_text(const Diagnosis& diagnosis) {
  return json_diagnosis(diagnosis, [](int rank) { return rank; }).dump();
}

}  // namespace

TEST_CASE("a diagnosis names whom to look at, what it was, why, and who is innocent") {
  CHECK(diagnosis_headline(with_victims(), of_eight()) == "rank 3 of 8: cuda out of memory (likely)");
  CHECK(diagnosis_lines(with_victims()) == Lines{"  | CUDA out of memory",
                                                 "  cause: The memory of the GPU did not suffice.",
                                                 "  fix: Use smaller batches.", "  evidence: rank 3 failed first",
                                                 "  innocent: ranks 0-2, 4 (a peer was gone)"});
}

TEST_CASE("sentences are wrapped with a hanging indent") {
  Diagnosis diagnosis;
  diagnosis.cause = "one two three four five six";
  CHECK(diagnosis_lines(diagnosis, {.columns = 20}) == Lines{"  cause: one two", "    three four five", "    six"});
}

TEST_CASE("several culprits, all ranks and nobody are said so") {
  auto diagnosis = with_victims();
  diagnosis.culprits = {1, 2, 5};
  CHECK(diagnosis_headline(diagnosis, of_eight()) == "ranks 1-2, 5 of 8: cuda out of memory (likely)");
  diagnosis.everyone = true;
  CHECK(diagnosis_headline(diagnosis, of_eight()) == "all 8 ranks: cuda out of memory (likely)");
  diagnosis.everyone = false;
  diagnosis.culprits.clear();
  CHECK(diagnosis_headline(diagnosis, of_eight()) == "cuda out of memory (likely); who it was cannot be told");
}

TEST_CASE("an end that no signature knows is described") {
  Diagnosis diagnosis;
  diagnosis.culprits = {0, 1};
  auto file = of_eight();
  for (const int rank : {0, 1}) {
    file.ranks.emplace_back().rank = rank;
    file.ranks.back().outcome = Outcome::signaled(11);
  }
  CHECK(diagnosis_headline(diagnosis, file) == "ranks 0-1 of 8 were killed by SIGSEGV (signal 11)");
}

TEST_CASE("accounts that are no ranks go by their names") {
  const RankNames names{{3, "node1"}};
  auto diagnosis = with_names(with_victims(), names);
  diagnosis.victims.clear();
  CHECK(diagnosis_headline(diagnosis, of_eight(), names) == "node1: cuda out of memory (likely)");
  CHECK(diagnosis.evidence == Lines{"node1 failed first"});
}

TEST_CASE("secrets and control characters of a rank's words are not passed on") {
  Diagnosis diagnosis;
  diagnosis.quote = Quote{0, "failed with API_TOKEN=hunter2 \x1b[2J"};
  CHECK(diagnosis_lines(diagnosis) == Lines{"  | failed with API_TOKEN=*** \\x1b[2J"});
  diagnosis.cause = "It said MY_SECRET=abc.";
  CHECK(json_text(diagnosis).find("abc") == std::string::npos);
}

TEST_CASE("an empty diagnosis says nothing") {
  CHECK_FALSE(says_something({}));
  CHECK(diagnosis_lines({}).empty());
  CHECK(says_something(with_victims()));
}

TEST_CASE("the JSON object holds all of it, and is valid whatever the bytes") {
  auto diagnosis = with_victims();
  diagnosis.quote->line = "bad \xff byte";
  const auto json = nlohmann::json::parse(json_text(diagnosis));
  CHECK(json["culprits"] == std::vector<int>{3});
  CHECK(json["signature"] == "cuda-out-of-memory");
  CHECK(json["strength"] == "likely");
  CHECK(json["quote"]["rank"] == 3);
  CHECK(json["victims"].size() == 4);
}
