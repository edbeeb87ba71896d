#include "catch.hpp"
#include "golden.hpp"
#include "gpulaunch/report/ci.hpp"
#include "gpulaunch/report/inspection_file.hpp"
#include "gpulaunch/report/junit.hpp"
#include "gpulaunch/report/parent_error_file.hpp"
#include "gpulaunch/report/summary.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

#include <nlohmann/json.hpp>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using Lines = std::vector<std::string>;

namespace {

// Rank 2 of four computes, and the others wait for it.
Findings one_laggard() {
  Findings findings;
  for (int rank = 0; rank < 4; ++rank) {
    findings.ranks.push_back({.rank = rank,
                              .pid = 4240 + rank,
                              .state = rank == 2 ? 'R' : 'S',
                              .processes = 1,
                              .threads = 3,
                              .processor_time = 12s,
                              .busy = rank == 2 ? 1.0 : 0.0,
                              .waits_in = rank == 2 ? "" : "futex_wait_queue"});
  }
  findings.ranks[2].python_stack = {"train.py:31 in step", "train.py:50 in <module>"};
  findings.laggards = {2};
  findings.laggard_reason = "rank 2 is computing while all others sleep";
  findings.notes = {"gdb is not installed\x1b[31m"};
  return findings;
}

std::vector<RankSilence> silences() { return {{31s, 31s}, {31040ms, 31010ms}, {200ms, 45s}, {}}; }

SimulatedJob hung_job(const std::optional<Diagnosis>& found = {}) {
  SimulatedJob job(4);
  job.start_all().wait(61s).emit(job_event::HangSuspected{30s, 31s, silences()}).wait(2s);
  job.emit(job_event::RanksInspected{std::nullopt, one_laggard(), silences()});
  if (found) job.emit(job_event::Diagnosed{*found});
  job.tears_down(TeardownReason::hung).signals({0, 1, 2, 3}, 15).wait(40ms).stopped({0, 1, 2, 3}, 15);
  return std::move(job.finish(124));
}

Diagnosis rank_two_is_late() {
  Diagnosis found;
  found.culprits = {2};
  found.strength = Strength::likely;
  found.cause = "Rank 2 is held up in step (train.py:31); the others wait for it.";
  found.fix = "All ranks must call the same collective operations in the same order.";
  return found;
}

Lines summary_of(const SimulatedJob& job, const SummaryOptions& options = {}) {
  Lines lines;
  SummaryReporter reporter(options, [&](std::string_view line) { lines.emplace_back(line); });
  job.play(reporter);
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("the block of a hang says who is waited for, what the ranks do, and since when they are silent") {
  check_golden("reports/hang.txt", text_of(summary_of(hung_job())));
}

TEST_CASE("a hang that was judged names the rank, what holds it up and what to do, and says nothing twice") {
  check_golden("reports/judged_hang.txt", text_of(summary_of(hung_job(rank_two_is_late()))));
}

TEST_CASE("what is known of a hang is shown before anything is done to the ranks") {
  SimulatedJob job(2);
  job.start_all().emit(job_event::HangSuspected{30s, 31s, {{31s, 31s}, {31s, 31s}}});
  job.emit(job_event::RanksInspected{std::nullopt, {}, {}}).tears_down(TeardownReason::hung);
  CHECK(summary_of(job) ==
        Lines{"gpulaunch: no progress for 30s (--hang-timeout)", "  ranks 0-1: last output 31s ago"});
  job.signals({0, 1}, 15).stopped({0, 1}, 15).finish(124);
  CHECK(summary_of(job) == Lines{"gpulaunch: no progress for 30s (--hang-timeout)", "  ranks 0-1: last output 31s ago",
                                 "  stopped by gpulaunch: ranks 0-1 (SIGTERM)",
                                 "gpulaunch: exit code 124 (no progress)"});
}

TEST_CASE("where all ranks wait for each other the block says so once, with the cause or without") {
  const auto block = [](const std::string& cause) {
    const Findings findings{.ranks = {{.rank = 0, .state = 'S'}, {.rank = 1, .state = 'S'}},
                            .all_wait_in = "barrier (t.py:3)"};
    SimulatedJob job(2);
    job.start_all().emit(job_event::HangSuspected{30s, 31s, {{}, {}}});
    job.emit(job_event::RanksInspected{std::nullopt, findings, {{}, {}}});
    Diagnosis found;
    found.cause = cause;
    job.emit(job_event::Diagnosed{found}).tears_down(TeardownReason::hung).stopped({0, 1}, 15).finish(124);
    return text_of(summary_of(job));
  };
  const std::string said = "all ranks wait for each other in barrier (t.py:3)\n";
  CHECK(block("").find(said) != std::string::npos);
  CHECK(block("Something else.").find(said) != std::string::npos);
  CHECK(block("All ranks wait for each other in barrier (t.py:3).").find(said) == std::string::npos);
}

TEST_CASE("what was seen of ranks is saved beside their logs, one look after the other") {
  const TempFolder folder;
  SimulatedJob job(4);
  job.plan().attempt_dir = folder.path("");
  job.start_all().wait(5s).emit(job_event::RanksInspected{10, one_laggard(), silences()}).wait(61s);
  job.emit(job_event::HangSuspected{30s, 31s, silences()});
  job.emit(job_event::RanksInspected{std::nullopt, one_laggard(), silences()});
  job.tears_down(TeardownReason::hung).stopped({0, 1, 2, 3}, 15).finish(124);
  Lines complaints;
  InspectionFile file([&](std::string_view line) { complaints.emplace_back(line); });
  job.play(file);
  CHECK(complaints.empty());
  const auto saved = read_whole_file(inspection_path(job.plan()));
  CHECK(saved.find("attempt 0: asked for by SIGUSR1 (--dump-on)\n") < saved.find("no progress for 30s"));
  CHECK(saved.find("rank 1: asleep in futex_wait_queue, CPU time 12 s (pid 4241; processes: 1, threads: 3)\n") !=
        std::string::npos);
  CHECK(saved.find("Python: train.py:50 in <module>\n") != std::string::npos);
  CHECK(text_of(summary_of(job)).find("all stacks: " + inspection_path(job.plan()) + "\n") != std::string::npos);
}

TEST_CASE("what is saved of ranks is not shortened") {
  const TempFolder folder;
  SimulatedJob job(8);
  job.plan().attempt_dir = folder.path("");
  std::vector<RankSilence> silent;
  for (int rank = 0; rank < 8; ++rank) silent.push_back({Nanos(20s) * (rank + 1), Nanos(20s) * (rank + 1)});
  Findings findings;
  findings.laggard_reason = "rank 2 is in " + std::string(500, 'f') + " while the others wait";
  job.start_all().emit(job_event::RanksInspected{10, findings, silent}).finish(0);
  InspectionFile file([](std::string_view /*line*/) {});
  job.play(file);
  const auto saved = read_whole_file(inspection_path(job.plan()));
  CHECK(saved.find(findings.laggard_reason + "\n") != std::string::npos);
  CHECK(saved.find("rank 0: last output 20s ago\n") != std::string::npos);
  CHECK(saved.find("more ranks") == std::string::npos);
}

TEST_CASE("a file of findings that cannot be written is complained of, and none is written where no logs are kept") {
  Lines complaints;
  const auto play = [&](const std::string& place) {
    SimulatedJob job(4);
    job.plan().attempt_dir = place;
    job.start_all().emit(job_event::RanksInspected{10, one_laggard(), silences()}).finish(0);
    InspectionFile file([&](std::string_view line) { complaints.emplace_back(line); });
    job.play(file);
  };
  play("");
  CHECK(complaints.empty());
  const TempFolder folder;
  play(folder.path("none"));
  REQUIRE(complaints.size() == 1);
  CHECK(complaints[0].starts_with("gpulaunch: " + folder.path("none/inspection.txt") + ": cannot open: "));
}

TEST_CASE("a hang of a thousand ranks that fell silent one by one stays short") {
  SimulatedJob job(1024);
  std::vector<RankSilence> all;
  for (int rank = 0; rank < 1024; ++rank) all.push_back({Nanos(1s) * rank, Nanos(1s) * rank});
  job.start_all().emit(job_event::HangSuspected{30s, 31s, all}).tears_down(TeardownReason::hung).finish(124);
  const auto lines = summary_of(job);
  CHECK(lines.size() <= 25);
  CHECK(lines[1] == "  rank 1023: last output 17m3s ago");
}

TEST_CASE("a hang that is restarted is announced as one, with what was seen of it") {
  SimulatedJob job(2);
  job.start_all().emit(job_event::HangSuspected{30s, 31s, {{31s, 31s}, {31s, 31s}}});
  job.tears_down(TeardownReason::hung).stopped({0, 1}, 15);
  job.restarts(1, 1s).start_ranks(0, 1).finishes(0).finishes(1).finish(0);
  CHECK(summary_of(job, {.block = {.max_restarts = 2}}) ==
        Lines{"gpulaunch: no progress for 30s (--hang-timeout)", "  ranks 0-1: last output 31s ago",
              "gpulaunch: no progress for 30s (--hang-timeout); restart 1 of 2 in 1s"});
}

TEST_CASE("the quiet are told of the hang that ends the job, and of none that is restarted") {
  const SummaryOptions quiet{.verbosity = -1, .block = {.max_restarts = 1}};
  const auto hang = [](SimulatedJob& job) {
    job.emit(job_event::HangSuspected{30s, 31s, {{31s, 31s}, {31s, 31s}}}).tears_down(TeardownReason::hung);
  };
  SimulatedJob job(2);
  hang(job.start_all());
  job.stopped({0, 1}, 15);
  CHECK(summary_of(job, quiet).empty());
  job.restarts(1, 1s).start_ranks(0, 1);
  hang(job);
  CHECK(summary_of(job, quiet).size() == 2);
  job.stopped({0, 1}, 15).finish(124);
  const auto lines = summary_of(job, quiet);
  CHECK(lines.front() == "gpulaunch: no progress for 30s (--hang-timeout)");
  CHECK(lines.back() == "gpulaunch: exit code 124 (no progress)");
}

TEST_CASE("a hang that the quiet were not told of at once is told whole when the job ends with it") {
  SimulatedJob job(2);
  job.start_all().emit(job_event::HangSuspected{30s, 31s, {{31s, 31s}, {31s, 31s}}});
  job.tears_down(TeardownReason::hung).stopped({0, 1}, 15).finish(124);
  const auto lines = summary_of(job, {.verbosity = -1, .block = {.max_restarts = 2}});
  REQUIRE(lines.size() > 2);
  CHECK(lines[0] == "gpulaunch: no progress for 30s (--hang-timeout)");
  CHECK(lines[1] == "  ranks 0-1: last output 31s ago");
}

TEST_CASE("a suspected hang that was none leaves nothing in the report of a later failure") {
  SimulatedJob job(2);
  job.start_all().emit(job_event::HangSuspected{30s, 31s, silences()});
  job.emit(job_event::RanksInspected{std::nullopt, one_laggard(), silences()}).wait(1s).fails(1, Outcome::exited(3));
  job.tears_down(TeardownReason::rank_failed, 1).signals({0}, 15).stopped({0}, 15).finish(3);
  CHECK(summary_of(job).front() == "gpulaunch: rank 1 exited with code 3");
  CHECK(text_of(summary_of(job)).find("computing") == std::string::npos);
}

TEST_CASE("what was asked for by a signal is shown at once, and also to the quiet") {
  SimulatedJob job(4);
  job.start_all().wait(5s).emit(job_event::RanksInspected{10, one_laggard(), silences()}).wait(1s);
  for (int rank = 0; rank < 4; ++rank) job.finishes(rank);
  job.finish(0);
  check_golden("reports/dump.txt", text_of(summary_of(job, {.verbosity = -1})));
}

TEST_CASE("reports for machines say of a hang what the block says") {
  const TempFolder folder;
  const auto job = hung_job();
  auto junit = open_junit_writer(folder.path("report.xml"), {});
  REQUIRE(junit);
  job.play(**junit);
  const auto xml = read_whole_file(folder.path("report.xml"));
  CHECK(xml.find("<error message=\"no progress for 30s (--hang-timeout) (exit code 124)\">rank 2 is computing") !=
        std::string::npos);

  Lines annotations;
  GithubAnnotations github(std::nullopt, [&](std::string_view line) { annotations.emplace_back(line); });
  job.play(github);
  REQUIRE(annotations.size() == 1);
  CHECK(annotations[0].starts_with("::error title=no progress for 30s (--hang-timeout)::rank 2 is computing"));

  ParentErrorFile parent(folder.path("parent.json"), {});
  job.play(parent);
  const auto record = nlohmann::json::parse(read_whole_file(folder.path("parent.json")));
  CHECK(record["message"]["errorCode"] == 124);
  CHECK(record["message"]["message"].get<std::string>().starts_with(
      "gpulaunch: no progress for 30s (--hang-timeout)\nrank 2 is computing"));
}

TEST_CASE(
    "in a JUnit report of a hang the rank to blame failed because of the hang, with the cause and what was seen") {
  const TempFolder folder;
  auto junit = open_junit_writer(folder.path("report.xml"), {});
  REQUIRE(junit);
  hung_job(rank_two_is_late()).play(**junit);
  const auto xml = read_whole_file(folder.path("report.xml"));
  INFO(xml);
  CHECK(xml.find(R"(tests="4" failures="1" errors="0" skipped="3")") != std::string::npos);
  const auto failure =
      xml.find("<failure message=\"no progress for 30s (--hang-timeout)\">cause (likely, rank 2): Rank 2");
  REQUIRE(failure != std::string::npos);
  CHECK(xml.find("rank 2 is computing", failure) < xml.find("</failure>", failure));
}

TEST_CASE("annotations and the parent's error file tell the cause of a hang before what the ranks do") {
  const TempFolder folder;
  const auto job = hung_job(rank_two_is_late());
  const std::string cause = "cause (likely, rank 2): Rank 2 is held up in step (train.py:31)";
  Lines annotations;
  GithubAnnotations github(std::nullopt, [&](std::string_view line) { annotations.emplace_back(line); });
  job.play(github);
  REQUIRE(annotations.size() == 1);
  CHECK(annotations[0].starts_with("::error title=no progress for 30s (--hang-timeout)::" + cause));
  CHECK(annotations[0].find("rank 2 is computing") != std::string::npos);

  ParentErrorFile parent(folder.path("parent.json"), {});
  job.play(parent);
  const auto record = nlohmann::json::parse(read_whole_file(folder.path("parent.json")));
  const auto message = record["message"]["message"].get<std::string>();
  CHECK(message.starts_with("gpulaunch: no progress for 30s (--hang-timeout)\n" + cause));
  CHECK(message.find("rank 2 is computing") != std::string::npos);
}
