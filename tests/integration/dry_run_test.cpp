#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <nlohmann/json.hpp>

using namespace harness;
using nlohmann::json;

namespace {

json plan_of(Launch launch) {
  const auto finished = launch.flag("--dry-run=json").worker("print x").expect_exit(0).expect_err("");
  return json::parse(finished.out);
}

}  // namespace

TEST_CASE("a dry run starts nothing and leaves nothing") {
  const ScratchDir folder;
  for (const auto* flag : {"--dry-run", "--dry-run=text", "--dry-run=json"})
    Launch{}
        .ranks(3)
        .flag(flag)
        .flag("--log", folder.file("all.log"))
        .flag("--log-dir", folder.path())
        .flag("-r", "3")
        .flag("--events", folder.file("events"))
        .flag("--junit", folder.file("junit.xml"))
        .worker("touch " + folder.file("started"))
        .expect_exit(0);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a dry run shows each rank with its command and environment") {
  const auto finished = Launch{}.ranks(2).flag("--dry-run").worker("print x").expect_exit(0).expect_err("");
  for (const auto* part : {"rank 0", "rank 1", "RANK=1", "WORLD_SIZE=2", "print x", "MASTER_PORT"})
    finished.expect_out_has(part);
}

TEST_CASE("the JSON plan fits its schema") {
  const ScratchDir folder;
  const auto plan = plan_of(Launch{}.ranks(2).flag("--log-dir", folder.path()).flag("-t", "3"));
  write_file(folder.file("plan.json"), plan.dump());
  if (skipped_unless(ask_python("import jsonschema", {}).exit_code == 0, "Debian's Python has no jsonschema")) return;
  constexpr auto code =
      "import json, jsonschema, sys\n"
      "schema = json.load(open(sys.argv[2]))\n"
      "jsonschema.validators.validator_for(schema).check_schema(schema)\n"
      "jsonschema.validate(json.load(open(sys.argv[1])), schema)\n";
  const auto answer = ask_python(
      code, {folder.file("plan.json"), std::string(GPULAUNCH_SOURCE_DIR) + "/app/share/schemas/plan.schema.json"});
  INFO(answer.output);
  CHECK(answer.exit_code == 0);
}

TEST_CASE("the JSON plan tells what would be done for each rank") {
  const auto plan = plan_of(Launch{}.ranks(2).flag("--env", "MY_OWN=7"));
  REQUIRE(plan.at("ranks").size() == 2);
  const auto& rank = plan.at("ranks").at(1);
  CHECK(rank.at("rank") == 1);
  CHECK(rank.at("argv") == json({Launch::worker_path(), "print x"}));
  CHECK(contains(rank.dump(), "MY_OWN"));
}

TEST_CASE("a dry run and the job itself agree") {
  const ScratchDir folder;
  write_file(folder.file("train.py"), "import os, sys\nprint(sys.executable, os.environ['ROLE_RANK'])\n");
  const auto shown = Launch{}.flag("--dry-run").program(folder.file("train.py")).expect_exit(0);
  shown.expect_out_has("python3 -u " + folder.file("train.py"));
}

TEST_CASE("a dry run masks secrets") {
  for (const auto* flag : {"--dry-run", "--dry-run=json"})
    Launch{}
        .env("HF_TOKEN", "hunter2")
        .flag(flag)
        .flag("--env", "WANDB_API_KEY=hunter2")
        .flag("--env", "DB_PASSWORD=hunter2")
        .program("true")
        .expect_exit(0)
        .expect_out_has("WANDB_API_KEY")
        .expect_out_lacks("hunter2");
}

TEST_CASE("a dry run finds the same mistakes as the job") {
  Launch{}.flag("--dry-run").program("no-such-program").expect_exit(127).expect_err_has("no-such-program");
  expect_usage_error(Launch{}.flag("--dry-run").ranks(0).program("true").run(), {"--nproc"});
}

TEST_CASE("a dry run shows the wrapped command and the chosen ranks") {
  const auto plan = plan_of(Launch{}.ranks(2).flag("--wrap", "env OUT=r{rank}").flag("--wrap-ranks", "1"));
  CHECK(plan.at("ranks").at(0).at("argv").at(0) == Launch::worker_path());
  CHECK(plan.at("ranks").at(1).at("argv").at(1) == "OUT=r1");
}
