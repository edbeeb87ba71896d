// Printed plans, compared with the files in tests/golden/plans. GPULAUNCH_UPDATE_GOLDEN=1 rewrites them; review the
// difference. The JSON ones are also checked against the schema (check_schema.py).
#include "catch.hpp"
#include "gpulaunch/plan/plan_json.hpp"
#include "gpulaunch/plan/plan_text.hpp"
#include "samples.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace gpulaunch;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(GPULAUNCH_GOLDEN_PLANS) + "/" + name;
  if (std::getenv("GPULAUNCH_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  CHECK(text == read_file(path));
}

void check_both(const std::string& name, const Plan& plan, const Topology& topology) {
  check_golden(name + ".txt", plan_text(plan, topology));
  check_golden(name + ".json", plan_json(plan, topology));
}

}  // namespace

TEST_CASE("the plan of two ranks on a machine without GPUs is printed as expected") {
  const auto topology = samples::cpu_machine();
  check_both("two-ranks", samples::plan_of(samples::options(2, {"train.py", "--name", "it's"}), topology), topology);
}

TEST_CASE("the plan of one rank with the terminal is printed as expected") {
  const auto topology = samples::gpu_machine(2);
  auto facts = samples::facts();
  facts.stdin_is_terminal = facts.stdout_is_terminal = true;
  check_both("terminal", samples::plan_of(samples::options(1, {"bash"}), topology, samples::environment(), facts),
             topology);
}

TEST_CASE("a dry run inside Slurm, with everything, is printed as expected") {
  auto topology = samples::gpu_machine(4);
  topology.cgroup_cpus = 6.5;
  auto options = samples::options(3);
  options.job.devices = DeviceMode::isolate;
  options.job.wrap = "nsys profile -o r{rank}";
  options.job.wrap_ranks = {1};
  options.output.standard_input = {StdinRequest::Kind::one_rank, 0};
  options.output.log_dir = "/logs";
  options.output.redirects.by_local_rank = {{1, StreamSet::both}};
  options.output.tee.by_local_rank = {{2, StreamSet::err}};
  options.output.local_ranks_filter = {0, 2};
  options.output.duplicate_stdout_filters = {"loss"};
  options.environment.compat = {CompatFamily::tf};
  options.environment.assignments = {{"HF_TOKEN", "hf_secret"}, {"GREETING", "hello world"}};
  auto facts = samples::facts();
  facts.master_port = 0;
  facts.run_dir.clear();
  facts.log_base = "/logs/run_abcdefgh";
  const auto environment = samples::environment(
      {{"SLURM_JOB_ID", "77"}, {"SLURM_PROCID", "0"}, {"PMI_FD", "5"}, {"CUDA_VISIBLE_DEVICES", "3,1,0,9"}});
  check_both("slurm-dry-run", samples::plan_of(options, topology, environment, facts), topology);
}

TEST_CASE("secrets never reach a printed plan") {
  auto options = samples::options(2);
  options.environment.assignments = {{"WANDB_API_KEY", "s3cr3t"}};
  const auto plan = samples::plan_of(options, samples::cpu_machine());
  CHECK(samples::value(samples::worker(plan, 0), "WANDB_API_KEY") == "s3cr3t");
  for (const auto& text : {plan_text(plan, samples::cpu_machine()), plan_json(plan, samples::cpu_machine())}) {
    CHECK(text.find("s3cr3t") == std::string::npos);
    CHECK(text.find("***") != std::string::npos);
  }
}

TEST_CASE("arguments that are not UTF-8 do not break the JSON plan") {
  const auto plan = samples::plan_of(samples::options(1, {"./train", "\xff"}), samples::cpu_machine());
  CHECK_THAT(plan_json(plan, samples::cpu_machine()), Catch::Contains("\xef\xbf\xbd"));
}

TEST_CASE("a processor set of a rank is printed as the kernel writes it") {
  auto plan = samples::plan_of(samples::options(1), samples::cpu_machine());
  plan.ranks[0].cpus = {0, 1, 2, 5, 7, 8};
  CHECK_THAT(plan_text(plan, samples::cpu_machine()), Catch::Contains("0-2,5,7-8\n"));
}
