#include "gpulaunch/plan/scrub.hpp"

#include "catch.hpp"
#include "samples.hpp"

using namespace gpulaunch;

namespace {

Environment scrubbed(const Environment& environment, const std::vector<std::string>& keep = {}) {
  auto options = samples::options(2);
  options.environment.keep = keep;
  return samples::worker(samples::plan_of(options, samples::cpu_machine(), environment), 1, environment);
}

}  // namespace

TEST_CASE("the identity that an outer launcher gave to one rank is recognised") {
  const std::string name = GENERATE(
      "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID", "SLURM_NTASKS", "SLURM_GTIDS", "SLURM_TASK_PID",
      "SLURM_CPU_BIND", "SLURM_CPU_BIND_LIST", "PMI_RANK", "PMI_SIZE", "PMI_FD", "PMI_ID", "PMIX_RANK",
      "PMIX_NAMESPACE", "OMPI_COMM_WORLD_RANK", "OMPI_MCA_orte_hnp_uri", "OMPI_MCA_ess_base_jobid", "OMPI_MCA_pmix_x",
      "MPI_LOCALRANKID", "MPI_LOCALNRANKS", "HYDI_CONTROL_FD", "FLUX_TASK_RANK", "FLUX_PMI_LIBRARY_PATH", "PALS_RANKID",
      "RANK", "LOCAL_RANK", "TORCHELASTIC_RUN_ID", "TORCHELASTIC_SIGNALS_TO_HANDLE", "GPULAUNCH_LOG_DIR",
      "JSM_NAMESPACE_RANK", "MV2_COMM_WORLD_RANK", "HOROVOD_CROSS_RANK");
  CHECK(is_outer_identity(name));
}

TEST_CASE("what describes the whole job, and the user's own settings, are not identity") {
  const std::string name =
      GENERATE("SLURM_JOB_ID", "SLURM_JOB_NODELIST", "SLURM_CPUS_PER_TASK", "OMPI_MCA_btl", "FLUX_JOB_ID", "PATH",
               "RANKING", "HOROVOD_CYCLE_TIME", "PMI_MAX_KVS_ENTRIES", "NCCL_DEBUG", "MY_LOCAL_RANK");
  CHECK_FALSE(is_outer_identity(name));
}

TEST_CASE("outer identities are removed, and --keep-env keeps some") {
  const auto environment = samples::environment({{"PMI_FD", "7"},
                                                 {"PMIX_RANK", "3"},
                                                 {"OMPI_COMM_WORLD_RANK", "3"},
                                                 {"TORCHELASTIC_TIMER_FILE", "/x"},
                                                 {"GPULAUNCH_LOG_DIR", "/outer"},
                                                 {"SLURM_JOB_NODELIST", "n[1-2]"}});
  const auto worker = scrubbed(environment);
  for (const char* name :
       {"PMI_FD", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "TORCHELASTIC_TIMER_FILE", "GPULAUNCH_LOG_DIR"}) {
    CHECK_FALSE(worker.has(name));
  }
  CHECK(worker.has("SLURM_JOB_NODELIST"));
  const auto kept = scrubbed(environment, {"PMI*", "nothing"});
  CHECK(samples::value(kept, "PMI_FD") == "7");
  CHECK(samples::value(kept, "PMIX_RANK") == "3");
  CHECK_FALSE(kept.has("OMPI_COMM_WORLD_RANK"));
}

TEST_CASE("stale ranks of an outer launcher never reach a worker") {
  const auto environment = samples::environment({{"RANK", "9"}, {"WORLD_SIZE", "10"}, {"LOCAL_RANK", "9"}});
  const auto worker = scrubbed(environment);
  CHECK(samples::value(worker, "RANK") == "1");
  CHECK(samples::value(worker, "LOCAL_RANK") == "1");
  CHECK(samples::value(worker, "WORLD_SIZE") == "2");
}

TEST_CASE("inside Slurm the step is described anew as our ranks on this node") {
  const auto environment = samples::environment({{"SLURM_JOB_ID", "77"},
                                                 {"SLURM_JOB_NODELIST", "n[1-4]"},
                                                 {"SLURM_JOB_NUM_NODES", "4"},
                                                 {"SLURM_STEP_NODELIST", "n[1-4]"},
                                                 {"SLURM_STEP_NUM_NODES", "4"},
                                                 {"SLURMD_NODENAME", "n3"},
                                                 {"SLURM_NNODES", "4"},
                                                 {"SLURM_NODEID", "2"},
                                                 {"SLURM_PROCID", "2"},
                                                 {"SLURM_NTASKS", "4"},
                                                 {"SLURM_TASKS_PER_NODE", "1(x4)"},
                                                 {"SLURM_TASK_PID", "4711"},
                                                 {"SLURM_CPU_BIND", "quiet"}});
  const auto worker = scrubbed(environment);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"SLURM_JOB_ID", "77"},        {"SLURM_JOB_NODELIST", "n[1-4]"},
      {"SLURM_JOB_NUM_NODES", "4"},  {"SLURM_PROCID", "1"},
      {"SLURM_LOCALID", "1"},        {"SLURM_NODEID", "0"},
      {"SLURM_NNODES", "1"},         {"SLURM_NTASKS", "2"},
      {"SLURM_NPROCS", "2"},         {"SLURM_GTIDS", "0,1"},
      {"SLURM_STEP_NODELIST", "n3"}, {"SLURM_STEP_NUM_NODES", "1"},
      {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_STEP_TASKS_PER_NODE", "2"},
      {"SLURM_TASKS_PER_NODE", "2"}, {"SLURM_NTASKS_PER_NODE", "<unset>"},
      {"SLURM_TASK_PID", "<unset>"}, {"SLURM_CPU_BIND", "<unset>"}};
  for (const auto& [name, value] : expected) {
    INFO(name);
    CHECK(samples::value(worker, name) == value);
  }
}

TEST_CASE("inside Slurm --keep-env keeps the outer step's own words") {
  const auto environment =
      samples::environment({{"SLURM_JOB_ID", "77"}, {"SLURM_PROCID", "5"}, {"SLURM_NTASKS_PER_NODE", "1"}});
  const auto worker = scrubbed(environment, {"SLURM_PROCID"});
  CHECK(samples::value(worker, "SLURM_PROCID") == "5");
  CHECK(samples::value(worker, "SLURM_NTASKS") == "2");
  CHECK(samples::value(worker, "SLURM_NTASKS_PER_NODE") == "2");
}

TEST_CASE("outside Slurm no Slurm variable is made up unless asked") {
  CHECK_FALSE(scrubbed(samples::environment()).has("SLURM_PROCID"));
}
