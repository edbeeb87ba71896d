#include "seccomp.hpp"

#include <sys/prctl.h>

#include <stddef.h>

namespace gpulaunch::testing {

CallFilter::CallFilter(const std::vector<std::uint32_t>& calls, std::uint32_t answer)
    : program_{sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))} {
  for (const auto call : calls) {
    program_.push_back(sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program_.push_back(sock_filter BPF_STMT(BPF_RET | BPF_K, answer));
  }
  program_.push_back(sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

bool CallFilter::install() const {
  // The kernel's struct has a pointer that it does not write through.
  const sock_fprog program{static_cast<unsigned short>(program_.size()), const_cast<sock_filter*>(program_.data())};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace gpulaunch::testing
