#include "gpulaunch/host/cpus.hpp"

#include "gpulaunch/host/files.hpp"

#include <climits>
#include <fmt/format.h>

#include <sched.h>

#include <algorithm>
#include <cerrno>

namespace gpulaunch {
namespace {

constexpr std::size_t most_cpus = std::size_t{1} << 20;  // far beyond any kernel's NR_CPUS

using Mask = std::vector<unsigned long>;
constexpr std::size_t mask_bits = sizeof(unsigned long) * CHAR_BIT;

std::vector<int> cpus_in(const Mask& mask) {
  std::vector<int> cpus;
  for (std::size_t cpu = 0; cpu < mask.size() * mask_bits; ++cpu) {
    if ((mask[cpu / mask_bits] >> (cpu % mask_bits) & 1UL) != 0) cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

std::vector<int> siblings_of(int cpu, const std::string& root) {
  const auto list =
      read_small_file(fmt::format("{}/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", root, cpu));
  return list ? parse_cpu_list(*list) : std::vector<int>{};
}

}  // namespace

std::vector<int> allowed_cpus() {
  // sched_getaffinity(2): EINVAL while the mask is smaller than the kernel's own.
  for (std::size_t size = 1024; size <= most_cpus; size *= 4) {
    Mask mask(size / mask_bits);
    if (::sched_getaffinity(0, size / CHAR_BIT, reinterpret_cast<cpu_set_t*>(mask.data())) == 0) return cpus_in(mask);
    if (errno != EINVAL) break;
  }
  return {0};
}

int count_physical_cores(const std::vector<int>& cpus, const std::string& root) {
  // One file answers for machines without hyper-threads; else one is read for each core, not for each CPU.
  const auto smt = read_small_file(root + "/sys/devices/system/cpu/smt/active");
  if (smt && smt->starts_with('0')) return static_cast<int>(cpus.size());
  std::vector<int> counted;
  int cores = 0;
  for (const int cpu : cpus) {
    if (std::find(counted.begin(), counted.end(), cpu) != counted.end()) continue;
    ++cores;
    const auto siblings = siblings_of(cpu, root);
    counted.insert(counted.end(), siblings.begin(), siblings.end());
  }
  return cores;
}

}  // namespace gpulaunch
