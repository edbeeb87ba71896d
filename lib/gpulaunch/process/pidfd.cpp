#include "gpulaunch/process/pidfd.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gpulaunch {

Fd open_pidfd(pid_t pid) noexcept { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

// PIDFD_THREAD is O_EXCL; glibc and older kernel headers do not name it.
Fd open_thread_pidfd(pid_t thread) noexcept { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, thread, O_EXCL))); }

int signal_pidfd(int pidfd, int signo) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, 0) == 0 ? 0 : errno;
}

}  // namespace gpulaunch
