#include "gpulaunch/report/junit.hpp"

#include "catch.hpp"
#include "golden.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

std::string report_of(const SimulatedJob& job, const JUnitOptions& options = {}) {
  const TempFolder folder;
  auto writer = open_junit_writer(folder.path("report.xml"), options);
  REQUIRE(writer);
  job.play(**writer);
  return read_whole_file(folder.path("report.xml"));
}

}  // namespace

TEST_CASE("a JUnit report has a case for each rank: failed, stopped, finished") {
  const TempFolder folder;
  SimulatedJob job(4);
  job.command({"./train", "HF_TOKEN=hf_abc", "<\"&\">"});
  job.planned(1).error_file = folder.file(
      "error.json",
      R"({"message": {"message": "bad", "extraInfo": {"py_callstack": "Traceback\n  if a < b && c:\nbad"}}})");
  job.start_all().wait(1500ms).ends(3, Outcome::exited(0), EndCause::finished, {}, {"loss 0.1"});
  job.fails(1, Outcome::exited(7), {"]]> \x01 \xff \x1b[31mred\x1b[0m", "bad"});
  job.tears_down(TeardownReason::rank_failed, 1).signals({0, 2}, 15).stopped({0}, 15).wait(15s).signals({2}, 9);
  job.stopped({2}, 9).finish(7);
  check_golden("reports/junit_failure.xml", report_of(job));
}

TEST_CASE("a JUnit report of a timeout blames the job") {
  SimulatedJob job(2);
  job.start_all().wait(10s).tears_down(TeardownReason::timeout).signals({0, 1}, 15);
  job.ends(0, Outcome::signaled(15), EndCause::stopped_by_us, {"waiting"}).stopped({1}, 15).finish(124);
  check_golden("reports/junit_timeout.xml", report_of(job, {.timeout = 10s}));
}

TEST_CASE("a JUnit report of a failed start has an error and a case that never started") {
  SimulatedJob job(2);
  job.start().emit(job_event::StartFailed{0, {ErrorKind::not_found, "program not found: trian", {}}}).finish(127);
  check_golden("reports/junit_start.xml", report_of(job));
}

TEST_CASE("in a JUnit report the rank to blame alone is a failure, with the cause; its victims are skipped") {
  auto found = out_of_memory(1);
  found.victims = {{0, "gloo-peer-closed", "Connection reset by peer"}};
  found.evidence = {"rank 0 only tells of others that were gone or late"};
  check_golden("reports/junit_diagnosis.xml", report_of(job_with_a_victim_first(found, 9)));
}

TEST_CASE("in a JUnit report a rank that left too early is the failure, though it exited 0") {
  SimulatedJob job(2);
  Diagnosis found;
  found.culprits = {0};
  found.strength = Strength::likely;
  found.cause = "Rank 0 left with exit code 0 while others still communicated.";
  found.victims = {{1, "gloo-peer-closed", ""}};
  job.start_all().finishes(0).fails(1, Outcome::exited(1)).emit(job_event::Diagnosed{found}).finish(1);
  const auto xml = report_of(job);
  CHECK(xml.find(R"(tests="2" failures="1" errors="0" skipped="1")") != std::string::npos);
  CHECK(xml.find(R"(<failure message="exited with code 0">cause (likely, rank 0): Rank 0 left)") != std::string::npos);
  CHECK(xml.find(R"(<skipped message="exited with code 1 because of rank 0">)") != std::string::npos);
}

TEST_CASE("a JUnit report of victims alone is no success, and says what is known") {
  SimulatedJob job(1);
  Diagnosis found;
  found.cause = "A peer was gone.";
  found.victims = {{0, "gloo-peer-closed", ""}};
  job.start_all().fails(0, Outcome::exited(1)).emit(job_event::Diagnosed{found}).finish(1);
  const auto xml = report_of(job);
  CHECK(xml.find(R"(tests="2" failures="0" errors="1" skipped="1")") != std::string::npos);
  CHECK(xml.find(R"(<skipped message="exited with code 1 because of another rank">)") != std::string::npos);
  CHECK(xml.find("(exit code 1)\">cause (possible): A peer was gone.</error>") != std::string::npos);
}

TEST_CASE("a JUnit report of a success has neither failures nor errors") {
  SimulatedJob job(2);
  job.start_all().wait(2s).finishes(0).finishes(1).finish(0);
  const auto xml = report_of(job);
  CHECK(xml.find(R"(tests="2" failures="0" errors="0" skipped="0" time="2.000")") != std::string::npos);
}

TEST_CASE("characters that XML does not allow are made visible") {
  CHECK(xml_text("a<b>&\"c\"\n\t") == "a&lt;b&gt;&amp;&quot;c&quot;\n\t");
  CHECK(xml_text("\x01\x1b\xff\xef\xbf\xbf größer") == "\\x01\\x1b\\xff\\uffff größer");
}

TEST_CASE("a JUnit path that cannot be opened is a usage error that names the flag") {
  const auto writer = open_junit_writer("/no/such/folder/r.xml");
  REQUIRE_FALSE(writer);
  CHECK(writer.error().kind == ErrorKind::usage);
  CHECK(writer.error().message == "--junit /no/such/folder/r.xml: cannot open: No such file or directory");
}

TEST_CASE("a JUnit report that cannot be written is complained about") {
  std::vector<std::string> complaints;
  auto writer =
      open_junit_writer("/dev/full", {.complain = [&](std::string_view line) { complaints.emplace_back(line); }});
  REQUIRE(writer);
  one_of_eight_fails({}).play(**writer);
  CHECK(complaints == std::vector<std::string>{"gpulaunch: --junit /dev/full: cannot write: No space left on device"});
}
