// Evidence that a failed job's output does not hold: what the kernel, the GPUs' driver and the machine's own files say.
// The supervisor opens a desk before it starts ranks, which notes where the kernel's counters and log stand; gathers
// after a failure, while the ranks' cgroup is still there; and does nothing in between.
//
// Nothing here waits for anybody: only files of the kernel and of local file systems are read, no name server and no
// GPU is asked after the failure, and searches have an end. What may not be read is silently not known.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/kernel_log_reader.hpp"
#include "gpulaunch/diagnosis/evidence/oom_counter.hpp"
#include "gpulaunch/diagnosis/evidence/own_cgroups.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"
#include "gpulaunch/host/gpu_watch.hpp"

#include <optional>
#include <vector>

namespace gpulaunch {

class EvidenceDesk {
 public:
  // Notes where things stand: a few reads.
  [[nodiscard]] static EvidenceDesk open(EvidenceSpec spec);

  // Opens NVML and asks it to keep Xids from now on. As slow as listing the GPUs: call it once the ranks have been
  // started, and only where there are GPUs. Without support there is nothing to keep.
  void watch_gpus() { watch_ = GpuWatch::open(); }

  // Everything that was found; takes a few ms. The kernel's log and Xids are told once.
  [[nodiscard]] std::vector<Fact> gather(const EvidenceQuestion& question);

 private:
  explicit EvidenceDesk(EvidenceSpec spec);

  [[nodiscard]] std::vector<Fact> kernel_and_gpus(const EvidenceQuestion& question);

  EvidenceSpec spec_;
  OwnCgroups own_;
  KernelLogReader log_;
  OomCounter counter_;
  long long kills_before_;
  long long refused_before_;
  std::optional<GpuWatch> watch_;
};

}  // namespace gpulaunch
