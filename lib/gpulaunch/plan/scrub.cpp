#include "gpulaunch/plan/scrub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fnmatch.h>

namespace gpulaunch {
namespace {

// Globs as fnmatch(3) reads them, one family a line.
constexpr std::array identity_globs{
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "SLURM_NODEID",
    "SLURM_NTASKS",
    "SLURM_NPROCS",
    "SLURM_GTIDS",
    "SLURM_TASK_PID",
    "SLURM_CPU_BIND*",
    "SLURM_STEP_NUM_TASKS",
    "SLURM_STEP_TASKS_PER_NODE",
    "PMI_RANK",
    "PMI_SIZE",
    "PMI_FD",
    "PMI_ID",
    "PMI_PORT",
    "PMIX_*",
    "SLURM_PMI*",
    "OMPI_COMM_WORLD_*",
    "OMPI_MCA_orte_*",
    "OMPI_MCA_ess_*",
    "OMPI_MCA_pmix_*",
    "MPI_LOCAL*",
    "MV2_COMM_WORLD_*",
    "HYDI_CONTROL_FD",
    "FLUX_TASK_*",
    "FLUX_PMI_LIBRARY_PATH",
    "PALS_*",
    "JSM_NAMESPACE_*",
    "HOROVOD_RANK",
    "HOROVOD_SIZE",
    "HOROVOD_LOCAL_RANK",
    "HOROVOD_LOCAL_SIZE",
    "HOROVOD_CROSS_*",
    "RANK",
    "LOCAL_RANK",
    "TORCHELASTIC_*",
    "GPULAUNCH_*",
};

bool matches(const char* glob, const std::string& name) { return ::fnmatch(glob, name.c_str(), 0) == 0; }

// --keep-env keeps the outer step's word where there is one.
void rewrite(EnvironmentOverlay& environment, const JobContext& context, std::string name, std::string value) {
  const bool keep = environment.base().has(name) && is_kept(context.options().environment.keep, name);
  if (!keep) environment.set(std::move(name), std::move(value));
}

std::string comma_separated_ranks(int ranks) {
  std::string list;
  for (int rank = 0; rank < ranks; ++rank) list += fmt::format("{}{}", rank == 0 ? "" : ",", rank);
  return list;
}

}  // namespace

bool is_outer_identity(std::string_view name) {
  const std::string text(name);
  return std::any_of(identity_globs.begin(), identity_globs.end(),
                     [&](const char* glob) { return matches(glob, text); });
}

bool is_kept(const std::vector<std::string>& globs, std::string_view name) {
  const std::string text(name);
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return matches(glob.c_str(), text); });
}

void scrub_outer_identity(EnvironmentOverlay& environment, const std::vector<std::string>& keep) {
  for (const auto& [name, value] : environment.base().variables()) {
    if (is_outer_identity(name) && !is_kept(keep, name)) environment.unset(name);
  }
}

bool describes_as_slurm(const JobContext& context) {
  const auto& families = context.options().environment.compat;
  return context.environment.has("SLURM_JOB_ID") ||
         std::find(families.begin(), families.end(), CompatFamily::slurm) != families.end();
}

void write_slurm_step(EnvironmentOverlay& environment, const JobContext& context) {
  const auto tasks = std::to_string(context.ranks);
  for (const char* name :
       {"SLURM_NTASKS", "SLURM_NPROCS", "SLURM_TASKS_PER_NODE", "SLURM_STEP_NUM_TASKS", "SLURM_STEP_TASKS_PER_NODE"}) {
    rewrite(environment, context, name, tasks);
  }
  if (environment.has("SLURM_NTASKS_PER_NODE")) rewrite(environment, context, "SLURM_NTASKS_PER_NODE", tasks);
  for (const char* name : {"SLURM_NNODES", "SLURM_STEP_NUM_NODES"}) rewrite(environment, context, name, "1");
  rewrite(environment, context, "SLURM_NODEID", "0");
  rewrite(environment, context, "SLURM_GTIDS", comma_separated_ranks(context.ranks));
  // The first node of this list is where JAX looks for its coordinator; the allocation's list stays in SLURM_JOB_*.
  const auto node = environment.get("SLURMD_NODENAME");
  rewrite(environment, context, "SLURM_STEP_NODELIST", node ? std::string(*node) : context.topology.hostname);
}

void write_slurm_task(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank) {
  rewrite(environment, context, "SLURM_PROCID", std::to_string(rank.value()));
  rewrite(environment, context, "SLURM_LOCALID", std::to_string(rank.value()));
}

}  // namespace gpulaunch
