// Facts from what the kernel did to the job: who was killed for lack of memory, who crashed, which GPU failed. Each is
// said of a rank only where the number of a process, the GPU or a count that leaves no choice points to that rank; what
// happened to other people's processes is left out. Pure.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/kernel_log.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"
#include "gpulaunch/host/gpu_watch.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// How often the kernel has killed since the job began.
struct OomKills {
  long long count = 0;
  std::string place = {};  // "cgroup /sys/fs/cgroup/job", "this machine"
  std::optional<std::string> cgroup =
      {};  // its path, as a part of those in the kernel's log; nothing: of the whole machine
};

// oom-kill
[[nodiscard]] std::vector<Fact> oom_facts(const std::vector<KernelEntry>& log, const OomKills& kills,
                                          const std::vector<RankTrace>& ranks);
// segfault-logged
[[nodiscard]] std::vector<Fact> crash_facts(const std::vector<KernelEntry>& log, const std::vector<RankTrace>& ranks);
// xid, xid-<n>. `faults`: what NVML told, which is said only where the log does not say it.
[[nodiscard]] std::vector<Fact> xid_facts(const std::vector<KernelEntry>& log, const std::vector<GpuFault>& faults,
                                          const GpuInventory& gpus, const std::vector<RankTrace>& ranks);

}  // namespace gpulaunch
