#include "gpulaunch/process/pidfd.hpp"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gpulaunch {

Fd open_pidfd(pid_t pid) noexcept { return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

int signal_pidfd(int pidfd, int signo) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signo, nullptr, 0) == 0 ? 0 : errno;
}

}  // namespace gpulaunch
