// What evidence is looked for, as values: what the job had (EvidenceSpec, known at its start) and what has become of it
// (EvidenceQuestion). The supervisor fills them in; whatever is left empty is not looked at.
#pragma once

#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct EvidenceSpec {
  std::string root = {};                  // prefix for /proc, /sys, /dev and /etc in tests
  std::string cgroup = {};                // the folder that the ranks live in; empty: they share the launcher's own
  std::optional<GpuInventory> gpus = {};  // what this machine has; nothing: nobody has looked
};

// One rank of this node.
struct RankTrace {
  int rank = 0;
  std::vector<pid_t> pids = {};  // its leader first, then what was seen of its descendants
  std::optional<Outcome> outcome = {};
  bool stopped = false;                         // by the launcher: its end tells nothing
  std::optional<std::string> devices = {};      // CUDA_VISIBLE_DEVICES as it got it
  std::string gpu = {};                         // PCI address of the GPU that it has for itself, where it has one
  std::optional<std::string> nccl_ifname = {};  // NCCL_SOCKET_IFNAME as it got it
  std::optional<std::string> gloo_ifname = {};  // GLOO_SOCKET_IFNAME

  [[nodiscard]] bool has(pid_t pid) const { return std::find(pids.begin(), pids.end(), pid) != pids.end(); }
  // It was killed by this signal, and not by us.
  [[nodiscard]] bool died_of(int signo) const {
    return !stopped && outcome && outcome->kind == Outcome::Kind::signaled && outcome->value == signo;
  }
};

struct EvidenceQuestion {
  std::vector<RankTrace> ranks = {};
  std::optional<int> master_port = {};    // rank 0 of ours is welcome to listen there
  std::vector<int> ports = {};            // named in error lines
  std::string master_addr = {};           // empty: not looked up
  std::string folder = {};                // the ranks' working directory
  std::string temporary_folder = {};      // TMPDIR as the ranks have it
  std::vector<std::string> paths = {};    // named in error lines
  std::optional<rlimit> open_files = {};  // as the ranks got it; nothing: ours
};

}  // namespace gpulaunch
