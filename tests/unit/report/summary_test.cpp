#include "gpulaunch/report/summary.hpp"

#include "catch.hpp"
#include "golden.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

const std::vector<std::string> traceback{"Traceback (most recent call last):",
                                         "  File \"train.py\", line 41, in <module>",
                                         "    main()",
                                         "  File \"train.py\", line 12, in main",
                                         "    step(batch)",
                                         "ValueError: bad loss"};

std::vector<std::string> summary_lines(const SimulatedJob& job, const SummaryOptions& options = {}) {
  std::vector<std::string> lines;
  SummaryReporter reporter(options, [&](std::string_view line) { lines.emplace_back(line); });
  job.play(reporter);
  return lines;
}

std::string summary(const SimulatedJob& job, const SummaryOptions& options = {}) {
  std::string text;
  for (const auto& line : summary_lines(job, options)) text += line + "\n";
  return text;
}

SimulatedJob one_rank_fails(std::vector<std::string> stderr_tail, std::vector<std::string> stdout_tail = {}) {
  SimulatedJob job(1);
  job.start_all().wait(250ms).fails(0, Outcome::exited(1), std::move(stderr_tail), std::move(stdout_tail)).finish(1);
  return job;
}

SimulatedJob stopped_by(int signo) {
  SimulatedJob job(4);
  job.start_all().wait(3s).tears_down(TeardownReason::signal, {}, signo).signals({0, 1, 2, 3}, signo);
  return job;
}

SimulatedJob stormed(Storm storm) {
  SimulatedJob job(4);
  job.start_all().wait(3s).emit(job_event::TeardownStarted{TeardownReason::storm, storm.rank, {}, storm});
  job.signals({}, 9).wait(5ms).stopped({0, 1, 2, 3}, 9).finish(125);
  return job;
}

}  // namespace

TEST_CASE("a job that succeeds prints nothing") {
  SimulatedJob job(2);
  job.start_all().wait(3s).finishes(0).finishes(1).finish(0);
  CHECK(summary(job).empty());
  CHECK(summary(job, {.verbosity = 1}) ==
        "gpulaunch: guarded by front, anchor and core; no cgroup may be made here\n"
        "gpulaunch: 2 ranks finished in 3s\n");
}

TEST_CASE("the block of a failed job names the culprit first and the ranks that were stopped last") {
  check_golden("reports/failure_stderr.txt", summary(one_of_eight_fails(traceback)));
}

TEST_CASE("a rank's error file is quoted rather than its last lines") {
  const TempFolder folder;
  auto job = one_of_eight_fails({"noise of a destructor"});
  job.planned(2).error_file = folder.file(
      "error.json",
      R"({"message": {"message": "ValueError: bad loss", "extraInfo": {"timestamp": "1795349160", "py_callstack":)"
      R"( "Traceback (most recent call last):\n  File \"train.py\", line 41, in <module>\n    main()\nValueError: bad loss\n"}}})");
  check_golden("reports/failure_error_file.txt", summary(job));
}

TEST_CASE("a long call stack is cut at its start and a long message at its end") {
  const TempFolder folder;
  std::string stack;
  for (int i = 0; i < 40; ++i) stack += fmt::format("frame {}\\n", i);
  auto job = one_of_eight_fails({});
  job.planned(2).error_file = folder.file(
      "error.json", R"({"message": {"message": "one\ntwo\nthree\nfour\nfive\nsix", "extraInfo": {"py_callstack": ")" +
                        stack + R"("}}})");
  check_golden("reports/failure_long_error.txt", summary(job));
}

TEST_CASE("an error file without a call stack is followed by the rank's last lines") {
  const TempFolder folder;
  auto job = one_of_eight_fails({"last words"});
  job.planned(2).error_file = folder.file("error.json", R"({"message": "out of luck", "timestamp": 10})");
  check_golden("reports/failure_short_error.txt", summary(job));
}

TEST_CASE("the last lines are cut, made printable, and fall back to standard output") {
  std::vector<std::string> lines;
  for (int i = 0; i < 30; ++i) lines.push_back(fmt::format("line {}", i));
  lines.push_back("\x1b[31mred\x1b[0m bell\x07 latin\xf6 10%\r 20%");
  lines.push_back(std::string(500, 'x'));
  lines.emplace_back("");
  check_golden("reports/failure_tail.txt", summary(one_rank_fails(lines)));
  check_golden("reports/failure_stdout.txt", summary(one_rank_fails({"", " "}, {"only words"})));
  check_golden("reports/failure_mute.txt", summary(one_rank_fails({})));
}

TEST_CASE("a signal is named, with the local rank where it differs and the device among many") {
  SimulatedJob job(2);
  job.plan().world_size = 4;
  for (int rank = 0; rank < 2; ++rank) {
    job.planned(rank).rank = Rank(rank + 2);
    job.planned(rank).devices = {"GPU-aaaa", "GPU-bbbb"};
  }
  job.start_all().wait(1s).fails(1, Outcome::signaled(11, true), {"Fatal Python error: Segmentation fault"});
  job.tears_down(TeardownReason::rank_failed, 1).signals({0}, 15).wait(15s).signals({0}, 9).stopped({0}, 9).finish(139);
  check_golden("reports/failure_signal.txt", summary(job));
}

TEST_CASE("other failures, finished ranks and stopped ranks get one line each") {
  SimulatedJob job(8);
  job.start_all().wait(2s).finishes(7).fails(5, Outcome::exited(3), {"first"}).fails(1, Outcome::exited(1));
  job.fails(2, Outcome::exited(1)).fails(4, Outcome::signaled(6)).tears_down(TeardownReason::rank_failed, 5);
  job.signals({0, 3, 6}, 15).signals({0, 3, 6}, 18).wait(1s).ends(3, Outcome::exited(0), EndCause::stopped_by_us);
  job.wait(14s).signals({0, 6}, 9).stopped({0, 6}, 9).finish(3);
  check_golden("reports/failure_many.txt", summary(job));
}

TEST_CASE("ranks that all failed alike are said once") {
  SimulatedJob job(8);
  job.start_all().wait(1s).fails(3, Outcome::exited(1), {"no route to host"});
  for (const int rank : {0, 1, 2, 4, 5, 6, 7}) job.fails(rank, Outcome::exited(1));
  job.finish(1);
  check_golden("reports/failure_all.txt", summary(job));

  SimulatedJob killed(2);
  killed.start_all().fails(0, Outcome::signaled(9)).fails(1, Outcome::signaled(9)).finish(137);
  CHECK(summary_lines(killed).front() == "gpulaunch: all 2 ranks were killed by SIGKILL (signal 9)");
}

TEST_CASE("a rank that started too many processes is named with the main guard") {
  check_golden("reports/storm_growth.txt", summary(stormed({StormKind::growth, 2, 1311, "", ""})));
}

TEST_CASE("a program that started itself again and again is shown") {
  check_golden("reports/storm_recursion.txt",
               summary(stormed({StormKind::recursion, 0, 16, "python3 -u train.py --lr 0.1", ""})));
}

TEST_CASE("children that failed over and over are reported with their error and a right and a wrong example") {
  check_golden("reports/storm_respawning.txt",
               summary(stormed({StormKind::respawning, 2, 57, "python3 -c from multiprocessing.spawn import spawn_main",
                                "RuntimeError: An attempt has been made to start a new process"})));
}

TEST_CASE(
    "a storm without a rank, a command that fails for another reason, and a guarded command have their own words") {
  CHECK(summary(stormed({StormKind::growth, {}, 999, "", ""}))
            .starts_with("gpulaunch: the job was stopped: it started 999 processes, more than --max-procs allows\n"));
  const auto other = summary(stormed({StormKind::respawning, 1, 300, "python3 probe.py API_KEY=abc", "OSError: no"}));
  CHECK(other.find("API_KEY=***") != std::string::npos);
  CHECK(other.find("__main__") == std::string::npos);
  auto guarded = stormed({StormKind::respawning, 0, 50, "x", ""});
  guarded.plan().guard = true;
  CHECK(summary(guarded).starts_with(
      "gpulaunch: the command was stopped: its children fail over and over as they start\n"));
}

TEST_CASE("a timeout names the ranks that were still running and quotes the first of them") {
  SimulatedJob job(4);
  job.start_all().wait(4s).finishes(3).wait(6s).tears_down(TeardownReason::timeout).signals({0, 1, 2}, 15);
  job.wait(10ms).ends(0, Outcome::signaled(15), EndCause::stopped_by_us, {"waiting for rank 3"});
  job.stopped({1, 2}, 15).finish(124);
  check_golden("reports/timeout.txt", summary(job, {.block = {.timeout = 10s}}));
}

TEST_CASE("a timeout during the teardown of a failure leaves the failure the root cause") {
  SimulatedJob job(2);
  job.start_all().wait(9s).fails(0, Outcome::exited(5)).tears_down(TeardownReason::rank_failed, 0).signals({1}, 15);
  job.wait(1s).tears_down(TeardownReason::timeout).signals({1}, 9).stopped({1}, 9).finish(124);
  check_golden("reports/timeout_in_teardown.txt", summary(job, {.block = {.timeout = 10s}}));
}

TEST_CASE("a program that is not there is named with the path that was searched") {
  SimulatedJob job(4);
  job.start().start_ranks(0, 1);
  job.emit(job_event::StartFailed{
      2, {ErrorKind::not_found, "program not found: trian (searched /usr/local/bin:/usr/bin:/bin)", {}}});
  job.tears_down(TeardownReason::start_failed, 2).signals({0, 1}, 15).stopped({0, 1}, 15).finish(127);
  check_golden("reports/start_not_found.txt", summary(job));
}

TEST_CASE("a spawn that the machine refused is the launcher's own failure") {
  SimulatedJob job(1);
  job.start().emit(job_event::StartFailed{
      0,
      {ErrorKind::system, "cannot start rank 0 (./train): making the process: Resource temporarily unavailable", {}}});
  job.finish(125);
  check_golden("reports/start_refused.txt", summary(job));
}

TEST_CASE("a job that was told to stop gets one line, which says who had to be killed") {
  auto calm = stopped_by(2);
  calm.stopped({0, 1, 2, 3}, 2).finish(130, 2);
  CHECK(summary(calm) == "gpulaunch: told to stop by SIGINT\n");
  CHECK(summary(calm, {.verbosity = -1}).empty());

  auto forced = stopped_by(15);
  forced.stopped({0, 3}, 15).wait(30s).signals({1, 2}, 9).stopped({1, 2}, 9).finish(143, 15);
  CHECK(summary(forced) == "gpulaunch: told to stop by SIGTERM; ranks 1-2 had to be killed (SIGKILL)\n");
}

TEST_CASE("a stop of a job that goes on after failures mentions the first failure") {
  SimulatedJob job(2);
  job.start_all().fails(1, Outcome::exited(3)).wait(5s).tears_down(TeardownReason::signal, {}, 15);
  job.signals({0}, 15).stopped({0}, 15).finish(143, 15);
  CHECK(summary(job) == "gpulaunch: told to stop by SIGTERM; before that, rank 1 exited with code 3\n");
}

TEST_CASE("an impatient Ctrl-C during the teardown does not hide the failure") {
  SimulatedJob job(2);
  job.start_all().fails(1, Outcome::exited(3), {"oops"}).tears_down(TeardownReason::rank_failed, 1).signals({0}, 15);
  job.wait(1s).tears_down(TeardownReason::signal, {}, 2).signals({0}, 2).stopped({0}, 15).finish(130, 2);
  const auto lines = summary_lines(job);
  CHECK(lines.front() == "gpulaunch: rank 1 exited with code 3");
  CHECK(lines.back() == "gpulaunch: exit code 130 (told to stop by SIGINT)");
}

TEST_CASE("each restart gets one line and only the last attempt a block") {
  SimulatedJob job(2);
  job.start_all().wait(2s).fails(1, Outcome::exited(7), {"first"}).tears_down(TeardownReason::rank_failed, 1);
  job.signals({0}, 15).stopped({0}, 15).restarts(1, 1s).start_ranks(0, 1).wait(500ms);
  job.fails(0, Outcome::signaled(11), {"second"}).tears_down(TeardownReason::rank_failed, 0).signals({1}, 15);
  job.stopped({1}, 15).finish(139);
  check_golden("reports/restart.txt", summary(job, {.block = {.max_restarts = 1}}));
  CHECK(summary_lines(job, {.verbosity = -1}).front() == "gpulaunch: rank 0 was killed by SIGSEGV (signal 11)");
}

TEST_CASE("a restart that succeeds leaves one line and no block") {
  SimulatedJob job(1);
  job.start_all().fails(0, Outcome::exited(7)).restarts(1, 1s).start_ranks(0, 0).finishes(0).finish(0);
  CHECK(summary(job, {.block = {.max_restarts = 3}}) == "gpulaunch: rank 0 exited with code 7; restart 1 of 3 in 1s\n");
}

TEST_CASE("the block says where logs were kept") {
  auto job = one_of_eight_fails({});
  job.plan().attempt_dir = "/logs/3f2a_x/attempt_0";
  job.planned(2).err.file = "/logs/3f2a_x/attempt_0/2/stderr.log";
  const SummaryOptions options{.block = {.log_file = "all.log"}};
  const auto lines = summary_lines(job, options);
  CHECK(lines[lines.size() - 2] == "  logs: /logs/3f2a_x/attempt_0/2/stderr.log, all.log");
}

TEST_CASE("a launcher that fails before there is a job still says its exit code") {
  SimulatedJob job(1);
  job.finish(125);
  CHECK(summary(job) == "gpulaunch: the launcher failed\ngpulaunch: exit code 125 (the launcher's own)\n");
}

TEST_CASE("colour marks the first line alone and only when asked for") {
  const auto job = one_of_eight_fails({});
  const auto lines = summary_lines(job, {.color = true});
  CHECK(lines.front() == "\x1b[1;31mgpulaunch: rank 2 exited with code 7\x1b[0m");
  CHECK(lines.back() == "gpulaunch: exit code 7 (rank 2's)");
}

TEST_CASE("no block is longer than 25 lines") {
  const TempFolder folder;
  std::string stack;
  for (int i = 0; i < 40; ++i) stack += fmt::format("frame {}\\n", i);
  SimulatedJob job(1024);
  job.plan().attempt_dir = "/logs";
  job.planned(5).error_file = folder.file(
      "error.json", R"({"message": {"message": "a\nb\nc\nd\ne", "extraInfo": {"py_callstack": ")" + stack + R"("}}})");
  job.start().start_ranks(0, 1000).wait(1s).fails(5, Outcome::exited(3), std::vector<std::string>(200, "noise"));
  for (int rank = 6; rank < 500; rank += 2) job.fails(rank, Outcome::exited(rank % 7 + 1));
  for (int rank = 501; rank <= 1000; rank += 3) job.stopped({rank}, 15);
  for (int rank = 502; rank <= 1000; rank += 3) job.finishes(rank);
  job.finish(3);
  const auto lines = summary_lines(job);
  CHECK(lines.size() <= 25);
  for (const auto& line : lines) CHECK(line.size() <= 420);
}

TEST_CASE("what waitid said in the end is reported, not what was seen of a rank before it was dead") {
  SimulatedJob job(2);
  job.start_all().wait(1s).emit(job_event::FailureDetected{1, Outcome::signaled(6), DetectedBy::core_dumping});
  job.tears_down(TeardownReason::rank_failed, 1).signals({0}, 15).stopped({0}, 15).wait(800ms);
  job.ends(1, Outcome::signaled(6, true), EndCause::failed).finish(134);
  const auto lines = summary_lines(job);
  CHECK(lines.front() == "gpulaunch: rank 1 was killed by SIGABRT (signal 6, core dumped)");
  CHECK(lines.back() == "gpulaunch: exit code 134 (rank 1's: 128 + SIGABRT)");
}

TEST_CASE("a rank that was taken for failing and ended well is no culprit") {
  SimulatedJob job(2);
  job.start_all().wait(1s).emit(job_event::FailureDetected{1, Outcome::exited(1), DetectedBy::statm});
  job.tears_down(TeardownReason::rank_failed, 1).signals({0}, 15).stopped({0}, 15).finishes(1).finish(125);
  CHECK(summary_lines(job).front() == "gpulaunch: the launcher failed");
}
