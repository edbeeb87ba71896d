#include "gpulaunch/host/probe.hpp"

#include "gpulaunch/host/cpus.hpp"
#include "gpulaunch/host/gpus.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {
namespace {

std::string hostname() {
  std::array<char, 256> name{};  // HOST_NAME_MAX is 64; the last byte stays 0
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::size_t open_files_hard_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_max) : 0;
}

}  // namespace

Topology probe_topology(const ProbeRequest& request) {
  Topology topology;
  topology.hostname = hostname();
  topology.allowed_cpus = allowed_cpus();
  topology.physical_cores = request.cores ? count_physical_cores(topology.allowed_cpus, request.root)
                                          : static_cast<int>(topology.allowed_cpus.size());
  topology.cgroup_cpus = cgroup_cpu_limit(request.root);
  if (request.gpus) topology.gpus = list_gpus(request.root);
  topology.open_files_hard_limit = open_files_hard_limit();
  return topology;
}

}  // namespace gpulaunch
