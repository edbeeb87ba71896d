#include "gpulaunch/plan/plan.hpp"

#include <algorithm>

namespace gpulaunch {

bool needs_log_base(const Job& job) {
  const OutputOptions& output = job.options.output;
  if (output.log_dir == "/dev/null") return false;
  return !output.log_dir.empty() || !output.redirects.empty() || !output.tee.empty() ||
         !output.duplicate_stdout_filters.empty() || !output.duplicate_stderr_filters.empty();
}

bool needs_gpus(const Job& job, const Environment& environment) {
  if (job.options.job.devices == DeviceMode::none) return false;
  const auto visible = environment.get("CUDA_VISIBLE_DEVICES");
  return !visible || !visible->empty();
}

bool needs_physical_cores(const Job& job, const Environment& environment) {
  const NprocRequest& nproc = job.options.job.nproc;
  const bool one_rank = nproc.kind == NprocRequest::Kind::count && nproc.count == 1;
  return !one_rank && job.options.mode != Mode::guard && job.options.mode != Mode::torchrun &&
         !environment.has("OMP_NUM_THREADS");
}

bool may_inspect(const Job& job) { return job.options.failure.hang_timeout || job.options.failure.dump_on; }

bool needs_worker_ports(const Job& job) {
  const auto& families = job.options.environment.compat;
  return std::find(families.begin(), families.end(), CompatFamily::tf) != families.end();
}

}  // namespace gpulaunch
