#include "catch.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "samples.hpp"

using namespace gpulaunch;

namespace {

// The environment of one rank of a job on a machine without GPUs.
Environment worker_of(const Options& options, std::size_t rank,
                      const Environment& environment = samples::environment()) {
  return samples::worker(samples::plan_of(options, samples::cpu_machine(), environment), rank, environment);
}

std::string value_of(const Options& options, std::size_t rank, std::string_view name,
                     const Environment& environment = samples::environment()) {
  return samples::value(worker_of(options, rank, environment), name);
}

}  // namespace

TEST_CASE("a worker finds all of torchrun's variables") {
  auto options = samples::options(4);
  options.job.role = "trainer";
  options.failure.max_restarts = 3;
  const auto worker = worker_of(options, 2);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"RANK", "2"},
      {"LOCAL_RANK", "2"},
      {"WORLD_SIZE", "4"},
      {"LOCAL_WORLD_SIZE", "4"},
      {"GROUP_RANK", "0"},
      {"GROUP_WORLD_SIZE", "1"},
      {"NODE_RANK", "0"},
      {"ROLE_NAME", "trainer"},
      {"ROLE_RANK", "2"},
      {"ROLE_WORLD_SIZE", "4"},
      {"MASTER_ADDR", "127.0.0.1"},
      {"MASTER_PORT", "40123"},
      {"TORCHELASTIC_RUN_ID", "5b0f8a1e-0000-4000-8000-00000000c0de"},
      {"TORCHELASTIC_RESTART_COUNT", "0"},
      {"TORCHELASTIC_MAX_RESTARTS", "3"},
      {"TORCHELASTIC_USE_AGENT_STORE", "False"},
      {"TORCHELASTIC_ERROR_FILE", "/run/user/1000/gpulaunch-Ab12Cd/attempt_0_rank_2.json"},
      {"TORCH_NCCL_ASYNC_ERROR_HANDLING", "1"},
      {"GPULAUNCH_RUN_ID", "5b0f8a1e-0000-4000-8000-00000000c0de"},
      {"GPULAUNCH_ATTEMPT", "0"},
      {"GPULAUNCH_RUN_FOLDER", "/run/user/1000/gpulaunch-Ab12Cd"},
      {"GPULAUNCH_LOG_DIR", "<unset>"},
      {"CUDA_VISIBLE_DEVICES", "<unset>"},
      {"HOME", "/home/ann"},
  };
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(samples::value(worker, name) == value);
  }
}

TEST_CASE("several ranks get defaults where the user set nothing") {
  const auto worker = worker_of(samples::options(3), 0);
  CHECK(samples::value(worker, "OMP_NUM_THREADS") == "2");  // 8 cores for 3 ranks
  CHECK(samples::value(worker, "PYTHONUNBUFFERED") == "1");
  CHECK(samples::value(worker, "PYTHONFAULTHANDLER") == "1");
  CHECK(samples::value(worker, "NCCL_DEBUG") == "WARN");
}

TEST_CASE("one rank is left as it runs without a launcher") {
  const auto worker = worker_of(samples::options(1), 0);
  for (const char* name : {"OMP_NUM_THREADS", "PYTHONUNBUFFERED", "PYTHONFAULTHANDLER", "NCCL_DEBUG"}) {
    CHECK_FALSE(worker.has(name));
  }
}

TEST_CASE("what the user set stays, even when it is empty") {
  const auto environment = samples::environment({{"OMP_NUM_THREADS", "7"},
                                                 {"NCCL_DEBUG", ""},
                                                 {"PYTHONUNBUFFERED", ""},
                                                 {"TORCH_NCCL_ASYNC_ERROR_HANDLING", "0"}});
  const auto worker = worker_of(samples::options(4), 0, environment);
  for (const auto& [name, value] : environment.variables()) CHECK(samples::value(worker, name) == value);
}

TEST_CASE("threads are the share of the usable cores, at least one, and one as torchrun") {
  auto topology = samples::cpu_machine();
  const auto threads = [&](const Options& options) {
    return samples::value(samples::worker(samples::plan_of(options, topology), 0), "OMP_NUM_THREADS");
  };
  CHECK(threads(samples::options(2)) == "4");
  CHECK(threads(samples::options(64)) == "1");
  topology.cgroup_cpus = 4.9;
  CHECK(threads(samples::options(2)) == "2");
  auto torchrun = samples::options(2);
  torchrun.mode = Mode::torchrun;
  CHECK(threads(torchrun) == "1");
}

TEST_CASE("inherited descriptors leave Python's buffering alone") {
  auto options = samples::options(2);
  options.output.stdio = StdioMode::inherit;
  CHECK(value_of(options, 0, "PYTHONUNBUFFERED") == "<unset>");
  CHECK(value_of(options, 0, "PYTHONFAULTHANDLER") == "1");
}

TEST_CASE("the master is 127.0.0.1, localhost as torchrun, or what was asked") {
  auto options = samples::options(2);
  options.mode = Mode::torchrun;
  CHECK(value_of(options, 1, "MASTER_ADDR") == "localhost");
  options.job.master_addr = "10.0.0.7";
  CHECK(value_of(options, 1, "MASTER_ADDR") == "10.0.0.7");
}

TEST_CASE("an attempt is numbered and has its own error files") {
  auto facts = samples::facts();
  facts.attempt = 2;
  const auto plan = samples::plan_of(samples::options(2), samples::cpu_machine(), samples::environment(), facts);
  const auto worker = samples::worker(plan, 1);
  CHECK(samples::value(worker, "TORCHELASTIC_RESTART_COUNT") == "2");
  CHECK(samples::value(worker, "GPULAUNCH_ATTEMPT") == "2");
  CHECK(plan.ranks[1].error_file == "/run/user/1000/gpulaunch-Ab12Cd/attempt_2_rank_1.json");
}

TEST_CASE("kept logs hold the error files too, and /dev/null means none at all") {
  auto options = samples::options(2);
  options.output.log_dir = "/logs";
  auto facts = samples::facts();
  facts.log_base = "/logs/id_abc";
  auto plan = samples::plan_of(options, samples::cpu_machine(), samples::environment(), facts);
  CHECK(plan.ranks[1].error_file == "/logs/id_abc/attempt_0/1/error.json");
  CHECK(samples::value(samples::worker(plan, 1), "GPULAUNCH_LOG_DIR") == "/logs/id_abc/attempt_0");
  options.output.log_dir = "/dev/null";
  facts.log_base.clear();
  plan = samples::plan_of(options, samples::cpu_machine(), samples::environment(), facts);
  CHECK(plan.ranks[1].error_file.empty());
  CHECK(samples::worker(plan, 1).get("TORCHELASTIC_ERROR_FILE") == "");
}

TEST_CASE("what --env says wins over everything, and its last word over its first") {
  auto options = samples::options(2);
  options.environment.assignments = {{"RANK", "x"}, {"OMP_NUM_THREADS", "5"}, {"RANK", "y"}, {"EMPTY", ""}};
  const auto worker = worker_of(options, 1);
  CHECK(samples::value(worker, "RANK") == "y");
  CHECK(samples::value(worker, "OMP_NUM_THREADS") == "5");
  CHECK(worker.get("EMPTY") == "");
}

TEST_CASE("a rank's difference is sorted and names each variable once") {
  auto options = samples::options(2);
  options.environment.compat = {CompatFamily::jax, CompatFamily::mpi, CompatFamily::slurm};
  const auto plan = samples::plan_of(options, samples::cpu_machine(),
                                     samples::environment({{"SLURM_JOB_ID", "1"}, {"RANK", "1"}, {"PMI_FD", "3"}}));
  const auto& changes = plan.ranks[1].env;
  for (std::size_t i = 1; i < changes.size(); ++i) CHECK(changes[i - 1].name < changes[i].name);
  // RANK=1 was there already and is right for this rank: no change.
  CHECK(std::none_of(changes.begin(), changes.end(), [](const EnvChange& change) { return change.name == "RANK"; }));
}

TEST_CASE("ranks may beat where hangs are looked for, and nowhere else") {
  auto options = samples::options(2);
  CHECK_FALSE(worker_of(options, 0).has("GPULAUNCH_HEARTBEAT_FD"));
  options.failure.dump_on = 10;
  CHECK_FALSE(worker_of(options, 0).has("GPULAUNCH_HEARTBEAT_FD"));
  options.failure.hang_timeout = std::chrono::seconds(1);
  CHECK(samples::value(worker_of(options, 1), "GPULAUNCH_HEARTBEAT_FD") == "3");
  CHECK(samples::plan_of(options, samples::cpu_machine(), samples::environment(), samples::facts()).heartbeats);
}

TEST_CASE(
    "where ranks may be looked at, each job has a port of its own for NCCL's service, unless the user chose one") {
  auto options = samples::options(2);
  auto facts = samples::facts();
  facts.ras_port = 41234;
  const auto address = [&](const Environment& environment) {
    const auto plan = samples::plan_of(options, samples::cpu_machine(), environment, facts);
    return samples::value(samples::worker(plan, 0, environment), "NCCL_RAS_ADDR");
  };
  CHECK_FALSE(worker_of(options, 0).has("NCCL_RAS_ADDR"));
  options.failure.dump_on = 10;
  CHECK(address(samples::environment()) == "localhost:41234");
  CHECK(address(samples::environment({{"NCCL_RAS_ADDR", "localhost:1"}})) == "localhost:1");
}
