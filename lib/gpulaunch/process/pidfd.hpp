// pidfds by raw calls: glibc has had wrappers since 2.36 only. A pidfd names one process for good, so that a signal
// never reaches a stranger that was given the same number. On kernels before 5.3 there are none, and callers fall back.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

namespace gpulaunch {

// Empty, with errno: ESRCH when the process is gone, ENOSYS or EPERM where the kernel or a filter has no pidfds.
[[nodiscard]] Fd open_pidfd(pid_t pid) noexcept;
// Of one thread (PIDFD_THREAD). Empty, with errno: EINVAL before Linux 6.9.
[[nodiscard]] Fd open_thread_pidfd(pid_t thread) noexcept;
// 0, or the errno.
int signal_pidfd(int pidfd, int signo) noexcept;

}  // namespace gpulaunch
