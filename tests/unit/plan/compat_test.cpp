#include "catch.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "samples.hpp"

using namespace gpulaunch;

namespace {

Options with_family(CompatFamily family, int ranks = 2) {
  auto options = samples::options(ranks);
  options.environment.compat = {family};
  return options;
}

void check_variables(const Environment& worker, const std::vector<std::pair<std::string, std::string>>& expected) {
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(samples::value(worker, name) == value);
  }
}

}  // namespace

TEST_CASE("JAX recognises a cluster and finds its coordinator on the reserved port") {
  const auto plan = samples::plan_of(with_family(CompatFamily::jax), samples::cpu_machine());
  check_variables(samples::worker(plan, 1), {{"OMPI_MCA_orte_hnp_uri", "4096.0;tcp://127.0.0.1:1"},
                                             {"OMPI_COMM_WORLD_SIZE", "2"},
                                             {"OMPI_COMM_WORLD_RANK", "1"},
                                             {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                             {"JAX_COORDINATOR_ADDRESS", "127.0.0.1:40123"},
                                             {"JAX_COORDINATOR_PORT", "40123"},
                                             {"JAX_LOCAL_DEVICE_IDS", "<unset>"}});
}

TEST_CASE("JAX is told that an isolated rank's only device is number 0") {
  auto options = with_family(CompatFamily::jax);
  options.job.devices = DeviceMode::isolate;
  const auto plan = samples::plan_of(options, samples::gpu_machine(2));
  check_variables(samples::worker(plan, 1), {{"JAX_LOCAL_DEVICE_IDS", "0"}});
}

TEST_CASE("JAX gets numeric addresses, and IPv6 ones in brackets") {
  auto options = with_family(CompatFamily::jax);
  options.job.master_addr = "localhost";
  check_variables(samples::worker(samples::plan_of(options, samples::cpu_machine()), 0),
                  {{"OMPI_MCA_orte_hnp_uri", "4096.0;tcp://127.0.0.1:1"}});
  options.job.master_addr = "fe80::1";
  check_variables(
      samples::worker(samples::plan_of(options, samples::cpu_machine()), 0),
      {{"OMPI_MCA_orte_hnp_uri", "4096.0;tcp6://[fe80::1]:1"}, {"JAX_COORDINATOR_ADDRESS", "[fe80::1]:40123"}});
}

TEST_CASE("the MPI family has the names of Open MPI and MPICH, over those of an outer mpirun") {
  const auto outer = samples::environment({{"OMPI_COMM_WORLD_RANK", "9"}, {"OMPI_COMM_WORLD_SIZE", "10"}});
  const auto plan = samples::plan_of(with_family(CompatFamily::mpi), samples::cpu_machine(), outer);
  check_variables(samples::worker(plan, 1, outer), {{"OMPI_COMM_WORLD_RANK", "1"},
                                                    {"OMPI_COMM_WORLD_SIZE", "2"},
                                                    {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                                                    {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                                    {"OMPI_COMM_WORLD_NODE_RANK", "1"},
                                                    {"PMI_RANK", "1"},
                                                    {"PMI_SIZE", "2"},
                                                    {"MPI_LOCALRANKID", "1"},
                                                    {"MPI_LOCALNRANKS", "2"}});
}

TEST_CASE("the Horovod family describes one node") {
  const auto plan = samples::plan_of(with_family(CompatFamily::horovod), samples::cpu_machine());
  check_variables(samples::worker(plan, 1), {{"HOROVOD_RANK", "1"},
                                             {"HOROVOD_SIZE", "2"},
                                             {"HOROVOD_LOCAL_RANK", "1"},
                                             {"HOROVOD_LOCAL_SIZE", "2"},
                                             {"HOROVOD_CROSS_RANK", "0"},
                                             {"HOROVOD_CROSS_SIZE", "1"}});
}

TEST_CASE("the Slurm family works outside Slurm, without a made-up job") {
  const auto plan = samples::plan_of(with_family(CompatFamily::slurm), samples::cpu_machine());
  check_variables(samples::worker(plan, 1), {{"SLURM_PROCID", "1"},
                                             {"SLURM_LOCALID", "1"},
                                             {"SLURM_NTASKS", "2"},
                                             {"SLURM_NODEID", "0"},
                                             {"SLURM_STEP_NODELIST", "node7"},
                                             {"SLURM_JOB_ID", "<unset>"}});
}

TEST_CASE("TensorFlow's workers each have a reserved port of their own") {
  auto facts = samples::facts();
  facts.worker_ports = {41001, 41002};
  const auto plan =
      samples::plan_of(with_family(CompatFamily::tf), samples::cpu_machine(), samples::environment(), facts);
  check_variables(
      samples::worker(plan, 1),
      {{"TF_CONFIG",
        R"({"cluster":{"worker":["127.0.0.1:41001","127.0.0.1:41002"]},"task":{"type":"worker","index":1}})"}});
}

TEST_CASE("TensorFlow's workers without reserved ports are a mistake of the launcher, except in a dry run") {
  const auto environment = samples::environment();
  const auto job = make_job(with_family(CompatFamily::tf), environment).value();
  auto facts = samples::facts();
  facts.worker_ports = {41001};
  const auto plan = make_plan(job, samples::cpu_machine(), environment, facts);
  REQUIRE_FALSE(plan.has_value());
  CHECK(plan.error().kind == ErrorKind::internal);
  facts.master_port = 0;
  CHECK(make_plan(job, samples::cpu_machine(), environment, facts).has_value());
}

TEST_CASE("without --compat none of the families is written") {
  const auto worker = samples::worker(samples::plan_of(samples::options(2), samples::cpu_machine()), 0);
  for (const char* name :
       {"OMPI_COMM_WORLD_RANK", "JAX_COORDINATOR_PORT", "PMI_RANK", "HOROVOD_RANK", "TF_CONFIG", "SLURM_PROCID"}) {
    CHECK_FALSE(worker.has(name));
  }
}
