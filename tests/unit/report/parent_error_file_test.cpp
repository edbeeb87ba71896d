#include "gpulaunch/report/parent_error_file.hpp"

#include "catch.hpp"
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
  CHECK(parent_file(job) ==
        json::parse(R"({"message": {"message": "bad", "extraInfo": {"py_callstack": "", "timestamp": "12"},)"
                    R"( "errorCode": 7}})"));
}

TEST_CASE("without an error file the parent gets what happened and the last lines") {
  const auto file = parent_file(one_of_eight_fails({"one", "two \xff"}));
  CHECK(file == json::parse(R"({"message": {"message": "rank 2 exited with code 7", "extraInfo":)"
                            R"( {"py_callstack": "one\ntwo \\xff", "timestamp": "1795349160"}, "errorCode": 7}})"));
}

TEST_CASE("a timeout is handed to the parent too") {
  SimulatedJob job(1);
  job.start_all().wait(10s).tears_down(TeardownReason::timeout).signals({0}, 15).stopped({0}, 15).finish(124);
  const auto file = parent_file(job);
  CHECK(file["message"]["message"] == "timed out after 10s; ranks still running: 0");
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
