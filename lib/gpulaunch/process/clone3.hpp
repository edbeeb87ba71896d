// clone3(2) in the manner of vfork: glibc has no wrapper, and clone(2), which it has, cannot start a child in a cgroup.
// (A child that moves there by itself costs 10 ms more the first time, and nothing that can be measured afterwards.)
// The child begins with `run(argument)` on a stack of its own in our memory; we are suspended until it execs or exits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gpulaunch {

struct Clone3Request {
  std::uint64_t flags = 0;               // beside CLONE_VM and CLONE_VFORK
  std::span<std::byte> stack;            // its end aligned to 16 bytes
  int* pidfd = nullptr;                  // with CLONE_PIDFD
  int cgroup = -1;                       // with CLONE_INTO_CGROUP
  int (*run)(void*) noexcept = nullptr;  // does not return
  void* argument = nullptr;
};

// The child's number, or minus the errno (ENOSYS where the processor is one that we have no code for).
[[nodiscard]] long clone3_vfork(const Clone3Request& request) noexcept;

}  // namespace gpulaunch
