// What a diagnosis adds to all reports.
#include "gpulaunch/report/cause_text.hpp"

#include "catch.hpp"
#include "simulated_job.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;
using Lines = std::vector<std::string>;

namespace {

std::string blaming(const Diagnosis& found) {
  const auto job = job_with_a_victim_first(found, 9);
  return blaming_headline(record_of(job), std::nullopt);
}

Lines lines_of(const Diagnosis& found, const Lines& shown = {}) {
  const auto job = job_with_a_victim_first(found, 9);
  return cause_lines(record_of(job), shown);
}

}  // namespace

TEST_CASE("a headline tells what it was, of the rank that it names") {
  CHECK(blaming(out_of_memory(1)) == "rank 1 exited with code 9: cuda out of memory (likely)");
}

TEST_CASE("a headline names those to blame where the job's exit code is another one's") {
  auto found = out_of_memory(2);
  CHECK(blaming(found) == "rank 2: cuda out of memory (likely)");
  found.culprits = {1, 2};
  CHECK(blaming(found) == "ranks 1-2: cuda out of memory (likely)");
  found.signature.clear();
  CHECK(blaming(found) == "ranks 1-2 are to blame (likely)");
  found.everyone = true;
  CHECK(blaming(found) == "all 3 ranks are to blame (likely)");
}

TEST_CASE("a headline blames nobody where nobody can be named") {
  auto found = out_of_memory(1);
  found.culprits.clear();
  CHECK(blaming(found) == "cuda out of memory (likely); who it was cannot be told");
  CHECK(blaming(Diagnosis{}) == "rank 0 exited with code 1");
}

TEST_CASE("an exception that no signature knows goes by its own words") {
  auto found = out_of_memory(1);
  found.signature = "python-exception";
  found.quote->line = "ValueError: bad";
  CHECK(blaming(found) == "rank 1 exited with code 9");
  CHECK(cause_title(found) == "ValueError: bad");
  found.quote.reset();
  CHECK(cause_title(found).empty());
}

TEST_CASE("cause, fix, evidence and quote are one line each, however long") {
  auto found = out_of_memory(1);
  found.cause = std::string(150, 'a') + " " + std::string(150, 'b');
  found.evidence = {"one", "two"};
  found.quote->line.insert(0, "    ");
  CHECK(lines_of(found) == Lines{"cause (likely): " + found.cause, "fix: Use smaller batches.", "evidence: one; two",
                                 "rank 1 said: CUDA out of memory"});
  found.cause.clear();
  CHECK(lines_of(found).empty());
}

TEST_CASE("what is shown anyway is not quoted again") {
  auto found = out_of_memory(1);
  CHECK(lines_of(found, {"CUDA out of memory"}).back() == "fix: Use smaller batches.");
  found.signature = "python-exception";
  CHECK(lines_of(found, {"CUDA out of memory"}).empty());
  found.culprits = {2};
  CHECK(lines_of(found, {"CUDA out of memory"}).front() ==
        "cause (likely, rank 2): The memory of the GPU did not suffice.");
}

TEST_CASE("a rank that exits without a word has no cause beside its exit code") {
  Diagnosis found;
  found.culprits = {1};
  found.cause = "It exited with code 9 and left no word of why.";
  CHECK(lines_of(found).empty());
  CHECK(blaming(found) == "rank 1 exited with code 9");
  found.culprits = {2};
  CHECK(lines_of(found) == Lines{"cause (possible, rank 2): " + found.cause});
}
