#include "gpulaunch/plan/worker_environment.hpp"

#include "gpulaunch/plan/compat.hpp"
#include "gpulaunch/plan/scrub.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

void write_group(EnvironmentOverlay& environment, const JobContext& context) {
  const auto size = std::to_string(context.ranks);
  for (const char* name : {"WORLD_SIZE", "LOCAL_WORLD_SIZE", "ROLE_WORLD_SIZE"}) environment.set(name, size);
  for (const char* name : {"GROUP_RANK", "NODE_RANK"}) environment.set(name, "0");
  environment.set("GROUP_WORLD_SIZE", "1");
  environment.set("ROLE_NAME", context.options().job.role);
  environment.set("MASTER_ADDR", context.master_addr);
  environment.set("MASTER_PORT", port_text(context.facts.master_port));
}

void write_torchelastic(EnvironmentOverlay& environment, const JobContext& context) {
  environment.set("TORCHELASTIC_RUN_ID", context.facts.run_id);
  environment.set("TORCHELASTIC_RESTART_COUNT", std::to_string(context.facts.attempt));
  environment.set("TORCHELASTIC_MAX_RESTARTS", std::to_string(context.options().failure.max_restarts));
  // Nobody but rank 0 serves the store: "True" would make every rank wait for a server that is not there.
  environment.set("TORCHELASTIC_USE_AGENT_STORE", "False");
  environment.set_default("TORCH_NCCL_ASYNC_ERROR_HANDLING", "1");
}

void write_own(EnvironmentOverlay& environment, const JobContext& context) {
  environment.set("GPULAUNCH_RUN_ID", context.facts.run_id);
  environment.set("GPULAUNCH_ATTEMPT", std::to_string(context.facts.attempt));
  environment.set("GPULAUNCH_RUN_FOLDER", run_folder_of(context));
  if (!context.attempt_dir.empty()) environment.set("GPULAUNCH_LOG_DIR", context.attempt_dir);
}

// Where ranks may be looked at. Two jobs on one machine would meet at the port that NCCL takes by itself.
void write_inspection(EnvironmentOverlay& environment, const JobContext& context) {
  if (context.options().failure.hang_timeout) {
    environment.set("GPULAUNCH_HEARTBEAT_FD", std::to_string(heartbeat_fd));
  }
  if (may_inspect(context.job)) {
    environment.set_default("NCCL_RAS_ADDR", "localhost:" + port_text(context.facts.ras_port));
  }
}

std::string threads_per_rank(const JobContext& context) {
  if (context.options().mode == Mode::torchrun) return "1";
  return std::to_string(std::max(1, context.topology.usable_cores() / context.ranks));
}

// With one rank the program is left as it runs without a launcher.
void write_defaults(EnvironmentOverlay& environment, const JobContext& context) {
  if (context.ranks == 1) return;
  environment.set_default("OMP_NUM_THREADS", threads_per_rank(context));
  if (context.options().output.stdio == StdioMode::relay) environment.set_default("PYTHONUNBUFFERED", "1");
  environment.set_default("PYTHONFAULTHANDLER", "1");
  environment.set_default("NCCL_DEBUG", "WARN");
}

void write_identity(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank) {
  const auto index = std::to_string(rank.value());
  environment.set("RANK", index);
  environment.set("ROLE_RANK", index);
  environment.set("LOCAL_RANK", context.options().job.virtual_local_rank ? "0" : index);
  environment.set("TORCHELASTIC_ERROR_FILE", error_file_of(context, rank));
}

void write_rank(EnvironmentOverlay& environment, const JobContext& context, LocalRank rank,
                const DeviceShare& devices) {
  write_identity(environment, context, rank);
  if (devices.cuda_visible_devices) environment.set("CUDA_VISIBLE_DEVICES", *devices.cuda_visible_devices);
  if (describes_as_slurm(context)) write_slurm_task(environment, context, rank);
  write_compat(environment, context, rank, devices);
}

}  // namespace

EnvironmentOverlay common_environment(const JobContext& context) {
  EnvironmentOverlay environment(context.environment);
  if (context.options().mode == Mode::guard) return environment;
  scrub_outer_identity(environment, context.options().environment.keep);
  write_group(environment, context);
  write_torchelastic(environment, context);
  write_own(environment, context);
  write_inspection(environment, context);
  write_defaults(environment, context);
  if (describes_as_slurm(context)) write_slurm_step(environment, context);
  return environment;
}

std::vector<EnvChange> rank_environment(EnvironmentOverlay common, const JobContext& context, LocalRank rank,
                                        const DeviceShare& devices) {
  if (context.options().mode != Mode::guard) write_rank(common, context, rank, devices);
  for (const auto& assignment : context.options().environment.assignments)
    common.set(assignment.name, assignment.value);
  return common.changes();
}

}  // namespace gpulaunch
