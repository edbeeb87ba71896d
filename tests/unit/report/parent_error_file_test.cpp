#include "gpulaunch/report/parent_error_file.hpp"

#include "catch.hpp"
#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"
#include "gpulaunch/diagnosis/verdict.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

#include <nlohmann/json.hpp>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using nlohmann::json;

namespace {

// What the parent finds; null where nothing was written.
json parent_file(const SimulatedJob& job) {
  const TempFolder folder;
  const auto path = folder.path("parent.json");
  ParentErrorFile reporter(path, {.timeout = 10s});
  job.play(reporter);
  const auto text = read_whole_file(path);
  return text.empty() ? json() : json::parse(text);
}

}  // namespace

TEST_CASE("the culprit's error file is handed to the parent with the exit code and all else that it holds") {
  const TempFolder folder;
  auto job = one_of_eight_fails({});
  job.planned(2).error_file = folder.file(
      "error.json",
      R"({"message": {"message": "bad", "extraInfo": {"py_callstack": "T", "timestamp": "12"}, "more": 1}, "top": 2})");
  CHECK(parent_file(job) ==
        json::parse(R"({"message": {"message": "bad", "extraInfo": {"py_callstack": "T", "timestamp": "12"},)"
                    R"( "more": 1, "errorCode": 7}, "top": 2})"));
}

TEST_CASE("a short error file is widened to torch's full schema for the parent") {
  const TempFolder folder;
  auto job = one_of_eight_fails({});
  job.planned(2).error_file = folder.file("error.json", R"({"message": "bad", "timestamp": 12})");
  CHECK(parent_file(job) == json::parse(R"({"message": {"message": "bad", "extraInfo": {"timestamp": "12"},)"
                                        R"( "errorCode": 7}})"));
}

TEST_CASE("without an error file the parent gets what happened and the last lines of standard error") {
  const auto file = parent_file(one_of_eight_fails({"one", "two \xff"}));
  CHECK(file == json::parse(R"({"message": {"message":)"
                            R"( "gpulaunch: rank 2 exited with code 7\nlast lines of stderr:\none\ntwo \\xff",)"
                            R"( "extraInfo": {"timestamp": "1795349160"}, "errorCode": 7}})"));
}

TEST_CASE("a traceback on standard error is the parent's call stack and its last line the message") {
  const std::string traceback = "Traceback (most recent call last):\n  File \"t.py\", line 1\nValueError: bad";
  const auto file = parent_file(one_of_eight_fails(
      {"loading", "Traceback (most recent call last):", "  File \"t.py\", line 1", "ValueError: bad"}));
  CHECK(file["message"]["message"] == "gpulaunch: rank 2 exited with code 7\nValueError: bad");
  CHECK(file["message"]["extraInfo"]["py_callstack"] == traceback);
}

TEST_CASE("what a rank printed to standard output is neither call stack nor message for the parent") {
  SimulatedJob job(1);
  job.start_all().fails(0, Outcome::signaled(11), {}, {"epoch 12 loss 0.3"});
  job.tears_down(TeardownReason::rank_failed, 0).finish(139);
  const auto file = parent_file(job);
  CHECK(file["message"]["message"] == "gpulaunch: rank 0 was killed by SIGSEGV (signal 11)");
  CHECK_FALSE(file["message"]["extraInfo"].contains("py_callstack"));
}

TEST_CASE("a traceback that went to a terminal or to standard output is a call stack all the same") {
  SimulatedJob job(1);
  job.start_all().fails(0, Outcome::exited(1), {}, {"Traceback (most recent call last):", "ValueError: bad"});
  job.tears_down(TeardownReason::rank_failed, 0).finish(1);
  CHECK(parent_file(job)["message"]["extraInfo"]["py_callstack"] ==
        "Traceback (most recent call last):\nValueError: bad");
}

TEST_CASE("the cause is handed to the parent before the last lines") {
  const auto file = parent_file(job_with_a_victim_first(out_of_memory(1), 9));
  CHECK(file["message"]["message"] ==
        "gpulaunch: rank 1 exited with code 9\n"
        "cause (likely): The memory of the GPU did not suffice.\nfix: Use smaller batches.\n"
        "last lines of stderr:\nCUDA out of memory\nat the end");
  CHECK(file["message"]["errorCode"] == 9);
}

TEST_CASE("the cause is added to the culprit's error file, below its call stack too, which torch shows alone") {
  const TempFolder folder;
  auto job = job_with_a_victim_first(out_of_memory(1), 9);
  job.planned(1).error_file =
      folder.file("error.json", R"({"message": {"message": "OutOfMemoryError: CUDA out of memory", "extraInfo":)"
                                R"( {"py_callstack": "T\nOutOfMemoryError: CUDA out of memory", "timestamp": "12"}}})");
  const auto message = parent_file(job)["message"];
  const std::string added =
      "\ngpulaunch: cause (likely): The memory of the GPU did not suffice.\nfix: Use smaller batches.\n"
      "rank 1 said: CUDA out of memory";
  CHECK(message["message"] == "OutOfMemoryError: CUDA out of memory" + added);
  CHECK(message["extraInfo"] ==
        json{{"py_callstack", "T\nOutOfMemoryError: CUDA out of memory" + added}, {"timestamp", "12"}});
}

TEST_CASE("an exception that the parent reads anyway is not told twice") {
  const TempFolder folder;
  auto found = out_of_memory(1);
  found.signature = "python-exception";
  auto job = job_with_a_victim_first(found, 9);
  job.planned(1).error_file = folder.file("error.json", R"({"message": "CUDA out of memory"})");
  CHECK(parent_file(job)["message"]["message"] == "CUDA out of memory");
}

TEST_CASE("a gpulaunch above finds the same cause in what it is handed") {
  const auto text = parent_file(job_with_a_victim_first(out_of_memory(1), 9)).dump();
  CaseFile above;
  auto& rank = above.ranks.emplace_back();
  rank.fate = Fate::failed;
  rank.error = parse_error_record(text);
  REQUIRE(rank.error);
  CHECK(diagnose(above, built_in_signatures()).signature == "cuda-out-of-memory");
}

TEST_CASE("a timeout is handed to the parent too") {
  SimulatedJob job(1);
  job.start_all().wait(10s).tears_down(TeardownReason::timeout).signals({0}, 15).stopped({0}, 15).finish(124);
  const auto file = parent_file(job);
  CHECK(file["message"]["message"] == "gpulaunch: timed out after 10s; ranks still running: 0");
  CHECK(file["message"]["errorCode"] == 124);
}

TEST_CASE("nothing is written for a job that succeeded or was told to stop") {
  SimulatedJob good(1);
  CHECK(parent_file(good.start_all().finishes(0).finish(0)).is_null());
  SimulatedJob stopped(1);
  stopped.start_all().tears_down(TeardownReason::signal, {}, 15).stopped({0}, 15).finish(143, 15);
  CHECK(parent_file(stopped).is_null());
}

TEST_CASE("a parent's error file that cannot be opened is complained about") {
  std::vector<std::string> complaints;
  ParentErrorFile reporter("/no/such/folder/e.json",
                           {.complain = [&](std::string_view line) { complaints.emplace_back(line); }});
  one_of_eight_fails({}).play(reporter);
  REQUIRE(complaints.size() == 1);
  CHECK(complaints.front() ==
        "gpulaunch: TORCHELASTIC_ERROR_FILE /no/such/folder/e.json: cannot open: No such file or directory");
}
