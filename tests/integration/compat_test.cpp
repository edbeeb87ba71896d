// Other launchers around ours, and other frameworks' variables for our ranks.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

using namespace harness;

namespace {

using Variables = std::map<std::string, std::string>;

Variables environment_of(const Launch& launch, int rank) {
  return variables_of_rank(launch.run().expect_exit(0).out, rank);
}

std::string value(const Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "(not set)" : found->second;
}

// As the third of four tasks of a Slurm step sees it.
Launch inside_slurm() {
  Launch launch;
  launch.env("SLURM_JOB_ID", "77").env("SLURM_STEP_ID", "0").env("SLURM_PROCID", "2").env("SLURM_LOCALID", "0");
  launch.env("SLURM_NODEID", "2").env("SLURM_NTASKS", "4").env("SLURM_NNODES", "4").env("SLURM_STEP_NUM_TASKS", "1");
  launch.env("SLURM_STEP_NUM_NODES", "1").env("SLURM_JOB_NODELIST", "n[1-4]").env("SLURM_GTIDS", "2");
  return launch;
}

}  // namespace

TEST_CASE("the identity of an outer launcher does not reach the ranks") {
  const std::vector<std::string> foreign = {
      "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMI_RANK",     "PMI_FD",        "PMIX_RANK",
      "MPI_LOCALRANKID",      "FLUX_TASK_RANK",       "SLURM_PROCID", "SLURM_LOCALID", "SLURM_CPU_BIND_LIST"};
  Launch launch;
  for (const auto& name : foreign) launch.env(name, "9");
  launch.env("RANK", "9").env("TORCHELASTIC_RESTART_COUNT", "9").env("GPULAUNCH_RUN_ID", "outer");
  const auto got = environment_of(launch.ranks(2).worker("env *"), 1);
  for (const auto& name : foreign) CHECK(name + "=" + value(got, name) == name + "=(not set)");
  CHECK(value(got, "RANK") == "1");
  CHECK(value(got, "TORCHELASTIC_RESTART_COUNT") == "0");
  CHECK(value(got, "GPULAUNCH_RUN_ID") != "outer");
}

TEST_CASE("option --keep-env keeps what its glob matches") {
  const auto got = environment_of(
      Launch{}.env("PMI_RANK", "9").env("PMIX_RANK", "9").ranks(2).flag("--keep-env", "PMI_*").worker("env *"), 0);
  CHECK(value(got, "PMI_RANK") == "9");
  CHECK(value(got, "PMIX_RANK") == "(not set)");
}

TEST_CASE("inside Slurm its variables describe our ranks and the job's identity stays") {
  const auto got = environment_of(inside_slurm().ranks(2).worker("env *"), 1);
  CHECK(value(got, "SLURM_PROCID") == "1");
  CHECK(value(got, "SLURM_LOCALID") == "1");
  CHECK(value(got, "SLURM_NTASKS") == "2");
  CHECK(value(got, "SLURM_NODEID") == "0");
  CHECK(value(got, "SLURM_JOB_ID") == "77");
  CHECK(value(got, "SLURM_JOB_NODELIST") == "n[1-4]");
}

TEST_CASE("option --compat jax writes what jax.distributed.initialize looks for") {
  const auto got = environment_of(Launch{}.ranks(2).flag("--compat", "jax").worker("env *"), 1);
  CHECK(value(got, "OMPI_COMM_WORLD_RANK") == "1");
  CHECK(value(got, "OMPI_COMM_WORLD_SIZE") == "2");
  CHECK(value(got, "OMPI_COMM_WORLD_LOCAL_RANK") == "1");
  CHECK(contains(value(got, "OMPI_MCA_orte_hnp_uri"), "tcp://"));
  CHECK(value(got, "JAX_COORDINATOR_PORT") != "(not set)");
}

TEST_CASE("option --compat names the families of other frameworks") {
  const auto got = environment_of(Launch{}.ranks(2).flag("--compat", "mpi,horovod,slurm").worker("env *"), 1);
  CHECK(value(got, "OMPI_COMM_WORLD_RANK") == "1");
  CHECK(value(got, "PMI_RANK") == "1");
  CHECK(value(got, "HOROVOD_RANK") == "1");
  CHECK(value(got, "HOROVOD_LOCAL_SIZE") == "2");
  CHECK(value(got, "SLURM_PROCID") == "1");
  CHECK(value(got, "SLURM_NTASKS") == "2");
}

TEST_CASE("option --compat tf writes a cluster of which each rank is one worker") {
  const auto finished = Launch{}.ranks(2).flag("--compat", "tf").worker("env TF_CONFIG if rank==1").expect_exit(0);
  constexpr auto check =
      "import json, sys\n"
      "config = json.loads(sys.argv[1])\n"
      "assert len(config['cluster']['worker']) == 2, config\n"
      "assert config['task'] == {'type': 'worker', 'index': 1}, config\n";
  const auto answer = ask_python(check, {variables_of_rank(finished.out, 1).at("TF_CONFIG")});
  INFO(answer.output);
  CHECK(answer.exit_code == 0);
}

TEST_CASE("without --compat no other framework's variables are written") {
  const auto got = environment_of(Launch{}.ranks(2).worker("env *"), 0);
  for (const auto* name : {"OMPI_COMM_WORLD_RANK", "PMI_RANK", "HOROVOD_RANK", "SLURM_PROCID", "TF_CONFIG"})
    CHECK(got.count(name) == 0);
}
