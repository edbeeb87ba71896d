// Reports for machines: JSON lines, JUnit, annotations of CI systems.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <nlohmann/json.hpp>

#include <signal.h>

#include <algorithm>

using namespace harness;
using nlohmann::json;

namespace {

const std::string schemas = std::string(GPULAUNCH_SOURCE_DIR) + "/app/share/schemas/";

bool has_jsonschema() { return ask_python("import jsonschema", {}).exit_code == 0; }

// Every line of a file against a schema of the tree.
void check_against_schema(const std::string& lines_file, const std::string& schema) {
  constexpr auto code =
      "import json, jsonschema, sys\n"
      "schema = json.load(open(sys.argv[2]))\n"
      "validator = jsonschema.validators.validator_for(schema)\n"
      "validator.check_schema(schema)\n"
      "for line in open(sys.argv[1]): validator(schema).validate(json.loads(line))\n";
  const auto answer = ask_python(code, {lines_file, schemas + schema});
  INFO(answer.output);
  CHECK(answer.exit_code == 0);
}

std::vector<json> events_in(const std::string& file) {
  std::vector<json> events;
  for (const auto& line : split_lines(read_file(file))) events.push_back(json::parse(line));
  return events;
}

std::vector<std::string> kinds(const std::vector<json>& events) {
  std::vector<std::string> names;
  names.reserve(events.size());
  for (const auto& event : events) names.push_back(event.at("event").get<std::string>());
  return names;
}

std::ptrdiff_t count(const std::vector<std::string>& names, const std::string& name) {
  return std::count(names.begin(), names.end(), name);
}

}  // namespace

TEST_CASE("option --events tells a failure from start to end and fits its schema") {
  if (skipped_unless(has_jsonschema(), "Debian's Python has no jsonschema")) return;
  const ScratchDir folder;
  const auto file = folder.file("events.jsonl");
  Launch{}
      .ranks(4)
      .flag("--events", file)
      .worker("meet " + folder.path().string(), "exit 7 if rank==2", "sleep forever")
      .expect_exit(7);
  check_against_schema(file, "events.schema.json");
  const auto names = kinds(events_in(file));
  CHECK(names.front() == "job_started");
  CHECK(names.back() == "job_finished");
  CHECK(count(names, "rank_started") == 4);
  CHECK(count(names, "rank_exited") == 4);
  CHECK(count(names, "failure_detected") == 1);
  CHECK(count(names, "teardown_started") == 1);
}

TEST_CASE("option --events of a restart and of a stop fit the schema") {
  if (skipped_unless(has_jsonschema(), "Debian's Python has no jsonschema")) return;
  const ScratchDir folder;
  const auto file = folder.file("events.jsonl");
  auto job = Launch{}
                 .ranks(2)
                 .flag("--events", file)
                 .flag("--max-restarts", "1")
                 .flag("--restart-delay", "10ms")
                 .worker("exit 3 if attempt==0", "print ready", "sleep forever")
                 .start();
  job.wait_for_out("ready", 2).signal(SIGTERM).finish().expect_killed_by(SIGTERM);
  check_against_schema(file, "events.schema.json");
  const auto names = kinds(events_in(file));
  CHECK(count(names, "restart") == 1);
  CHECK(count(names, "signal_sent") >= 1);
}

TEST_CASE("option --events goes to a descriptor that was passed on") {
  const ScratchDir folder;
  auto job = Launch{}.in_shell().flag("--events", "fd:7").worker("print x").start();
  job.wait_for_out("ready> ").type(job.command() + " 7> " + folder.file("events") + "; exit $?\n");
  job.finish().expect_exit(0);
  CHECK(kinds(events_in(folder.file("events"))).back() == "job_finished");
}

TEST_CASE("an events reader that has gone does not end the job") {
  const ScratchDir folder;
  auto job = Launch{}.in_shell().ranks(2).flag("--events", "fd:7").worker("sleep 300", "print x").start();
  job.wait_for_out("ready> ").type(job.command() + " 7> >(exit); exit $?\n");
  job.finish().expect_exit(0);
}

TEST_CASE("option --junit writes one test case for each rank") {
  const ScratchDir folder;
  const auto file = folder.file("junit.xml");
  Launch{}
      .ranks(3)
      .flag("--junit", file)
      .worker("warn <&]]> bad \x01 loss if rank==1", "exit 7 if rank==1", "sleep forever")
      .expect_exit(7);
  constexpr auto code =
      "import sys, xml.etree.ElementTree as tree\n"
      "root = tree.parse(sys.argv[1]).getroot()\n"
      "cases = list(root.iter('testcase'))\n"
      "assert len(cases) == 3, cases\n"
      "failed = [c for c in cases if c.find('failure') is not None or c.find('error') is not None]\n"
      "assert len(failed) == 1 and '1' in failed[0].get('name'), failed\n";
  const auto answer = ask_python(code, {file});
  INFO(answer.output << read_file(file));
  CHECK(answer.exit_code == 0);
}

TEST_CASE("reports for machines tell the cause of the rank to blame, and its victim apart") {
  const ScratchDir folder;
  const auto finished =
      Launch{}
          .ranks(2)
          .env("GITHUB_ACTIONS", "true")
          .flag("--on-failure", "continue")
          .flag("--events", folder.file("events.jsonl"))
          .flag("--junit", folder.file("junit.xml"))
          .worker("meet " + folder.path().string(), "warn torch.OutOfMemoryError: CUDA out of memory. if rank==1",
                  "exit 9 if rank==1", "sleep 300", "warn RuntimeError: Connection closed by peer [10.0.0.2]:4100",
                  "exit 1")
          .expect_exit(9);
  CHECK(contains(finished.out + finished.err, "::error title=rank 1 exited with code 9%3A cuda out of memory"));
  const auto xml = read_file(folder.file("junit.xml"));
  CHECK(contains(xml, R"(failures="1" errors="0" skipped="1")"));
  CHECK(contains(xml, R"(<skipped message="exited with code 1 because of rank 1">)"));
  CHECK(contains(xml, "fix: "));
  const auto last = events_in(folder.file("events.jsonl")).back();
  CHECK(last.at("failed") == std::vector<int>{1});
  CHECK(last.at("victims") == std::vector<int>{0});
}

TEST_CASE("option --junit of a success has no failure") {
  const ScratchDir folder;
  Launch{}.ranks(2).flag("--junit", folder.file("junit.xml")).worker("print x").expect_exit(0);
  const auto text = read_file(folder.file("junit.xml"));
  CHECK(count_of(text, "<testcase") == 2);
  CHECK(count_of(text, "<failure") == 0);
}

TEST_CASE("under GitHub Actions a failure is an annotation") {
  const auto finished =
      Launch{}.env("GITHUB_ACTIONS", "true").ranks(2).worker("exit 7 if rank==1", "sleep forever").expect_exit(7);
  CHECK(contains(finished.out + finished.err, "::error title=rank 1 exited with code 7"));
  Launch{}.env("GITHUB_ACTIONS", "true").worker("print x").expect_exit(0).expect_out("x\n").expect_err("");
  Launch{}.ranks(2).worker("exit 7").expect_exit(7).expect_err_lacks("::error").expect_out_lacks("::error");
}
