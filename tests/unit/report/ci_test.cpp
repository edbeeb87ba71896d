#include "gpulaunch/report/ci.hpp"

#include "catch.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

std::vector<std::string> annotations(const SimulatedJob& job) {
  std::vector<std::string> lines;
  GithubAnnotations reporter(10s, [&](std::string_view line) { lines.emplace_back(line); });
  job.play(reporter);
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a failed job gets one annotation for its culprit, with the last lines in one") {
  CHECK(annotations(one_of_eight_fails({"100% done", "::warning::no command", "bad, bad"})) ==
        Lines{"::error title=rank 2 exited with code 7::100%25 done%0A::warning::no command%0Abad, bad"});
}

TEST_CASE("the message of an error file goes before the last lines") {
  const TempFolder folder;
  auto job = one_of_eight_fails({"noise"});
  job.planned(2).error_file = folder.file("error.json", R"({"message": "ValueError: bad\nhint"})");
  CHECK(annotations(job) == Lines{"::error title=rank 2 exited with code 7::ValueError: bad%0Ahint"});
}

TEST_CASE("an annotation tells cause and fix of the rank to blame") {
  auto found = out_of_memory(1);
  found.victims = {{0, "gloo-peer-closed", "Connection reset by peer"}};
  CHECK(annotations(job_with_a_victim_first(found, 9)) ==
        Lines{"::error title=rank 1 exited with code 9%3A cuda out of memory (likely)::"
              "cause (likely): The memory of the GPU did not suffice.%0Afix: Use smaller batches.%0A"
              "rank 1 said: CUDA out of memory"});
}

TEST_CASE("an annotation never names a victim alone") {
  auto found = out_of_memory(2);
  found.victims = {{0, "", ""}, {1, "", ""}};
  const auto lines = annotations(job_with_a_victim_first(found, 1));
  REQUIRE(lines.size() == 1);
  CHECK(lines.front().rfind("::error title=rank 2%3A cuda out of memory (likely)::cause (likely, rank 2)", 0) == 0);
}

TEST_CASE("of an exception that the last lines show an annotation has these alone") {
  auto found = out_of_memory(1);
  found.signature = "python-exception";
  CHECK(annotations(job_with_a_victim_first(found, 9)) ==
        Lines{"::error title=rank 1 exited with code 9::CUDA out of memory%0Aat the end"});
}

TEST_CASE("an annotation has a message even when no rank said anything, and a title that nothing ends early") {
  SimulatedJob job(1);
  job.start().emit(job_event::StartFailed{0, {ErrorKind::not_found, "program not found: a,b", {}}}).finish(127);
  CHECK(annotations(job) ==
        Lines{"::error title=cannot start rank 0%3A program not found%3A a%2Cb::gpulaunch ended with exit code 127"});
}

TEST_CASE("a job that succeeded or was told to stop gets no annotation") {
  SimulatedJob good(1);
  CHECK(annotations(good.start_all().finishes(0).finish(0)).empty());
  SimulatedJob stopped(1);
  stopped.start_all().tears_down(TeardownReason::signal, {}, 15).stopped({0}, 15).finish(143, 15);
  CHECK(annotations(stopped).empty());
}
