#include "gpulaunch/report/event_json.hpp"

#include "catch.hpp"
#include "golden.hpp"
#include "gpulaunch/report/events.hpp"
#include "simulated_job.hpp"
#include "temp_folder.hpp"

#include <nlohmann/json.hpp>

using namespace gpulaunch;
using namespace gpulaunch::testing;
using nlohmann::json;

namespace {

std::string event_lines(const SimulatedJob& job) {
  const TempFolder folder;
  auto writer = open_event_writer(folder.path("events.jsonl"), {.rank_output = true});
  REQUIRE(writer);
  job.play(**writer);
  return read_whole_file(folder.path("events.jsonl"));
}

// With the parts of the stream that a failure, a restart and a stop add.
SimulatedJob eventful_job(const std::string& error_file) {
  SimulatedJob job(2);
  job.command({"env", "HF_TOKEN=hf_abc", "./train", "--api-key=abc", "caf\xe9"});
  job.plan().attempt_dir = "/logs/3f2a_x/attempt_0";
  job.planned(1).devices = {"1"};
  job.planned(1).error_file = error_file;
  job.start_all().wait(1s).emit(job_event::RankOutput{{0, Stream::out}, "größer \"quoted\""});
  job.emit(job_event::RankOutput{{1, Stream::err}, "latin\xf6 \x1b[31m"});
  job.fails(1, Outcome::signaled(11, true), {"tail \xff"}).tears_down(TeardownReason::rank_failed, 1);
  job.signals({0}, 15).stopped({0}, 15).restarts(1, 1500ms).start_ranks(0, 1).wait(2s);
  job.fails(1, Outcome::exited(7)).tears_down(TeardownReason::rank_failed, 1).signals({}, 9).stopped({0}, 9);
  return std::move(job.finish(7));
}

SimulatedJob unstartable_job() {
  SimulatedJob job(2);
  job.start().start_ranks(0, 0).emit(job_event::StartFailed{1, {ErrorKind::not_found, "program not found: trian", {}}});
  job.tears_down(TeardownReason::start_failed, 1).signals({0}, 15).stopped({0}, 15);
  return std::move(job.finish(127));
}

SimulatedJob interrupted_job() {
  SimulatedJob job(1);
  job.start_all().tears_down(TeardownReason::signal, {}, 2).signals({0}, 2).stopped({0}, 2);
  return std::move(job.finish(130, 2));
}

SimulatedJob storming_job() {
  SimulatedJob job(2);
  job.start_all().wait(2s).emit(job_event::TeardownStarted{
      TeardownReason::storm, 1, {}, Storm{StormKind::recursion, 1, 16, "python3 train.py HF_TOKEN=hf_abc x", ""}});
  job.signals({}, 9).stopped({0, 1}, 9);
  return std::move(job.finish(125));
}

SimulatedJob hanging_job() {
  SimulatedJob job(2);
  Findings findings;
  findings.ranks.push_back({.rank = 0,
                            .pid = 4240,
                            .state = 'S',
                            .processes = 1,
                            .threads = 2,
                            .processor_time = 3s,
                            .busy = 0.5,
                            .waits_in = "futex_wait_queue",
                            .python_stack = {"train.py:31 in step \xff"},
                            .native_stack = {"poll (poll.c:29)"}});
  findings.nccl = {"rank 1 does not answer"};
  findings.laggards = {1};
  findings.laggard_reason = "rank 1 is stopped, the others are not";
  findings.notes = {"py-spy is not installed"};
  job.start_all().wait(2s).emit(job_event::RanksInspected{10, findings, {}}).wait(29s);
  job.emit(job_event::HangSuspected{30s, 30500ms, {{30500ms, 31s}, {}}}).wait(1s);
  job.emit(job_event::RanksInspected{std::nullopt, {}, {}}).tears_down(TeardownReason::hung);
  job.signals({0, 1}, 15).stopped({0, 1}, 15);
  return std::move(job.finish(124));
}

SimulatedJob diagnosed_job() {
  SimulatedJob job(3);
  auto found = out_of_memory(1);
  found.quote->line += " \xff API_TOKEN=hunter2";
  found.evidence = {"rank 1 failed 1.2s before rank 0"};
  found.victims = {{0, "nccl-remote-error", "remote process exited"}, {2, "", ""}};
  job.start_all().wait(2s).fails(1, Outcome::exited(1)).emit(job_event::Diagnosed{found});
  return std::move(job.finish(1));
}

}  // namespace

TEST_CASE("each kind of event is one JSON line as the schema documents it") {
  const TempFolder folder;
  const auto error = folder.file("error.json", R"({"message": {"message": "ValueError: bad", "extraInfo":)"
                                               R"( {"py_callstack": "Traceback", "timestamp": "1795349148"}}})");
  check_golden("reports/events.jsonl", event_lines(eventful_job(error)) + event_lines(unstartable_job()) +
                                           event_lines(interrupted_job()) + event_lines(storming_job()) +
                                           event_lines(hanging_job()) + event_lines(diagnosed_job()));
}

TEST_CASE("the last event tells ranks that failed on their own from those that fell with them") {
  auto found = out_of_memory(1);
  found.victims = {{0, "gloo-peer-closed", "Connection reset by peer"}};
  const auto lines = event_lines(job_with_a_victim_first(found, 9));
  const auto last = json::parse(lines.substr(lines.rfind('\n', lines.size() - 2) + 1));
  CHECK(last["root_cause"]["rank"] == 1);
  CHECK(last["failed"] == std::vector<int>{1});
  CHECK(last["victims"] == std::vector<int>{0});
  CHECK(last["stopped"] == std::vector<int>{2});
}

TEST_CASE("secrets in the command never reach the event stream") {
  const auto lines = event_lines(eventful_job("")) + event_lines(storming_job());
  CHECK(lines.find("hf_abc") == std::string::npos);
  CHECK(lines.find("abc\"") == std::string::npos);
}

TEST_CASE("a line that is no UTF-8 gives valid JSON from which its bytes can be had back") {
  JobRecord record;
  SimulatedJob job(1);
  const JobEvent start{{}, job_event::JobStarted{&job.plan(), {}, {}}};
  record.note(start);
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const JobEvent output{{}, job_event::RankOutput{{0, Stream::out}, every_byte}};
  const auto event = json::parse(event_json(output, record));
  CHECK(event["base64"] ==
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BB"
        "QkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKD"
        "hIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TF"
        "xsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/w==");
}
