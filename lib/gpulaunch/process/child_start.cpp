#include "gpulaunch/process/child_start.hpp"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gpulaunch {
namespace {

constexpr int signal_count = 64;

// Not _exit: thread sanitizer's would flush the parent's streams from here.
[[noreturn]] void leave() noexcept {
  while (true) ::syscall(SYS_exit_group, 127);
}

int error_of(long returned) noexcept { return returned < 0 ? errno : 0; }

// By a raw call, because glibc refuses signals 32 and 33, which an ancestor may have left ignored. The kernel's struct
// begins with the handler; flags, restorer and mask are zero wherever they lie.
void set_disposition(int signo, void (*handler)(int)) noexcept {
  const std::array<void (*)(int), 4> action{handler};
  ::syscall(SYS_rt_sigaction, signo, action.data(), nullptr, sizeof(SignalSet));
}

int die_with_parent(ChildOrders& orders) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  // The parent may have died before prctl: then nobody is left to be told, and nobody would ever kill us.
  if (::getppid() != orders.parent) leave();
  return 0;
}

// Opened in the parent's table where that is shared, hence closed at once.
int join_cgroup(ChildOrders& orders) noexcept {
  if (orders.cgroup_to_join < 0) return 0;
  const int members = ::openat(orders.cgroup_to_join, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (members < 0) return errno;
  const int error = error_of(::write(members, "0", 1));
  ::close(members);
  return error;
}

// The mask must not be lifted while a handler of the parent's is in place: it would run in the parent's memory. The
// dispositions are our own copy (no CLONE_SIGHAND).
int reset_dispositions(ChildOrders& orders) noexcept {
  for (int signo = 1; signo <= signal_count; ++signo) {
    set_disposition(signo, (orders.ignored & only_signal(signo)) != 0 ? SIG_IGN : SIG_DFL);
  }
  return 0;
}

int take_session(ChildOrders& orders) noexcept {
  return orders.spec->session == SessionKind::own_session ? error_of(::setsid()) : 0;
}

int take_group(ChildOrders& orders) noexcept {
  return orders.spec->session == SessionKind::own_group ? error_of(::setpgid(0, 0)) : 0;
}

// Every signal is blocked here, SIGTTOU too, so that tcsetpgrp from a background group does not stop us.
int take_terminal(ChildOrders& orders) noexcept {
  if (orders.spec->controlling_terminal) return error_of(::ioctl(orders.files[1], TIOCSCTTY, 0));
  if (orders.spec->foreground_of) return error_of(::tcsetpgrp(*orders.spec->foreground_of, ::getpid()));
  return 0;
}

// With CLONE_FILES the table is still the parent's; a private one with the few descriptors that are needed is made
// here, so that the cost does not grow with the parent's (1,024 ranks: 4,000 descriptors, 0.5 ms of copying and closing
// for every child).
int leave_files_behind(ChildOrders& orders) noexcept {
  const int left = ::close_range(static_cast<unsigned>(orders.files_kept), ~0U, CLOSE_RANGE_UNSHARE);
  orders.files_can_be_left = left == 0;
  return orders.shares_files ? error_of(left) : 0;
}

// A source below the targets that belongs elsewhere is moved out of the way first, all of them before the first dup2:
// {2, 0, 1} and {1, 1, 0} come out right. dup2 onto itself would keep close-on-exec, hence fcntl.
int place_files(ChildOrders& orders) noexcept {
  auto source = orders.files;
  const int count = orders.file_count();
  for (int target = 0; target < count; ++target) {
    int& fd = source[std::size_t(target)];
    if (fd < count && fd != target) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, count);
    if (fd < 0) return errno;
  }
  for (int target = 0; target < count; ++target) {
    const int fd = source[std::size_t(target)];
    const int placed = fd == target ? ::fcntl(fd, F_SETFD, 0) : ::dup2(fd, target);
    if (placed < 0) return errno;
  }
  return 0;
}

int number_in(const char* name) noexcept {
  int number = 0;
  for (; *name >= '0' && *name <= '9'; ++name) number = number * 10 + (*name - '0');
  return number;
}

void mark_close_on_exec(int fd, int first) noexcept {
  if (fd >= first) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// /proc/self/fd without opendir, which allocates. Entries are {inode, offset, length of the entry, type, name}.
bool mark_listed(int first) noexcept {
  constexpr std::size_t length_at = 16;
  constexpr std::size_t name_at = 19;
  const int folder = ::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return false;
  alignas(8) std::array<char, 2048> entries;
  long size = 0;
  while ((size = ::syscall(SYS_getdents64, folder, entries.data(), entries.size())) > 0) {
    std::uint16_t length = 0;
    for (std::size_t at = 0; at < std::size_t(size); at += length) {
      std::memcpy(&length, &entries[at + length_at], sizeof length);
      mark_close_on_exec(number_in(&entries[at + name_at]), first);
    }
  }
  return size == 0;
}

void mark_everything(int first) noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, rlim_t{1} << 20));
  for (int fd = first; fd < end; ++fd) mark_close_on_exec(fd, first);
}

// Marked instead of closed: the status pipe stays open until exec, and the parent does not wait for the closing (the
// kernel lets a vfork parent go before it). CLOSE_RANGE_CLOEXEC is Linux 5.11.
int close_the_rest(ChildOrders& orders) noexcept {
  const int first = orders.file_count();
  const bool marked = ::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0 || mark_listed(first);
  if (!marked) mark_everything(first);
  return 0;
}

int change_directory(ChildOrders& orders) noexcept {
  return orders.spec->directory == nullptr ? 0 : error_of(::chdir(orders.spec->directory));
}

int set_limits(ChildOrders& orders) noexcept {
  return orders.spec->open_files ? error_of(::setrlimit(RLIMIT_NOFILE, &*orders.spec->open_files)) : 0;
}

int set_affinity(ChildOrders& orders) noexcept {
  if (orders.cpus.empty()) return 0;
  return error_of(::syscall(SYS_sched_setaffinity, 0, orders.cpus.size_bytes(), orders.cpus.data()));
}

// A Ctrl-Z typed while we had the terminal and all signals blocked would stop us once the mask is empty, before exec,
// and our parent is suspended until then: both would hang. Ignoring a signal discards it when it is pending (POSIX).
// In a session of our own we are orphaned, and the kernel stops nobody for the terminal's sake.
void forget_terminal_stops(const ChildOrders& orders) noexcept {
  if (orders.spec->session != SessionKind::own_group) return;
  for (const int signo : {SIGTSTP, SIGTTIN, SIGTTOU}) {
    set_disposition(signo, SIG_IGN);
    set_disposition(signo, SIG_DFL);
  }
}

int execute(ChildOrders& orders) noexcept {
  if (orders.spec->before_exec != nullptr) orders.spec->before_exec(orders.parent);
  forget_terminal_stops(orders);
  set_signal_mask(0);
  ::execve(orders.spec->path, orders.spec->argv, orders.spec->envp);
  return errno;
}

struct Step {
  SpawnStage stage;
  int (*take)(ChildOrders&) noexcept;  // 0, or the errno
};

constexpr std::array<Step, 13> steps{{
    {SpawnStage::parent_death, die_with_parent},
    {SpawnStage::cgroup, join_cgroup},
    {SpawnStage::session, reset_dispositions},
    {SpawnStage::session, take_session},
    {SpawnStage::group, take_group},
    {SpawnStage::stdio, leave_files_behind},
    {SpawnStage::terminal, take_terminal},
    {SpawnStage::stdio, place_files},
    {SpawnStage::stdio, close_the_rest},
    {SpawnStage::directory, change_directory},
    {SpawnStage::limits, set_limits},
    {SpawnStage::affinity, set_affinity},
    {SpawnStage::exec, execute},
}};

[[noreturn]] void report_and_exit(const ChildOrders& orders, SpawnError error) noexcept {
  while (::write(orders.status, &error, sizeof error) < 0 && errno == EINTR) continue;
  leave();
}

}  // namespace

int start_child(void* opaque) noexcept {
  auto& orders = *static_cast<ChildOrders*>(opaque);
  orders.memory_is_shared = true;
  for (const auto& step : steps) {
    orders.progress->store(step.stage, std::memory_order_relaxed);
    if (const int error = step.take(orders); error != 0) report_and_exit(orders, {step.stage, error});
  }
  leave();
}

}  // namespace gpulaunch
