#include "gpulaunch/inspection/system_calls.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

struct Named {
  long number;
  std::string_view name;
};

// Newer machines have no poll, select, epoll_wait and pause of their own (asm-generic/unistd.h).
constexpr std::array names{
#ifdef SYS_poll
    Named{SYS_poll, "poll"},
    Named{SYS_select, "select"},
    Named{SYS_epoll_wait, "epoll_wait"},
    Named{SYS_pause, "pause"},
    Named{SYS_open, "open"},
#endif
    Named{SYS_futex, "futex"},
    Named{SYS_read, "read"},
    Named{SYS_readv, "readv"},
    Named{SYS_pread64, "pread"},
    Named{SYS_write, "write"},
    Named{SYS_writev, "writev"},
    Named{SYS_ppoll, "poll"},
    Named{SYS_pselect6, "select"},
    Named{SYS_epoll_pwait, "epoll_wait"},
    Named{SYS_wait4, "wait4"},
    Named{SYS_waitid, "waitid"},
    Named{SYS_nanosleep, "nanosleep"},
    Named{SYS_clock_nanosleep, "nanosleep"},
    Named{SYS_recvfrom, "recvfrom"},
    Named{SYS_recvmsg, "recvmsg"},
    Named{SYS_sendto, "sendto"},
    Named{SYS_sendmsg, "sendmsg"},
    Named{SYS_connect, "connect"},
    Named{SYS_accept, "accept"},
    Named{SYS_accept4, "accept"},
    Named{SYS_ioctl, "ioctl"},
    Named{SYS_flock, "flock"},
    Named{SYS_fcntl, "fcntl"},
    Named{SYS_fsync, "fsync"},
    Named{SYS_openat, "open"},
    Named{SYS_rt_sigsuspend, "sigsuspend"},
    Named{SYS_rt_sigtimedwait, "sigwait"},
    Named{SYS_semtimedop, "semop"},
    Named{SYS_msgrcv, "msgrcv"},
    Named{SYS_io_getevents, "io_getevents"},
    Named{SYS_munmap, "munmap"},
};

}  // namespace

std::string_view waiting_call(std::string_view syscall_line) {
  long number = -1;
  const auto* end = syscall_line.data() + syscall_line.size();
  if (std::from_chars(syscall_line.data(), end, number).ec != std::errc{}) return {};
  const auto* found = std::ranges::find(names, number, &Named::number);
  return found == names.end() ? std::string_view() : found->name;
}

}  // namespace gpulaunch
