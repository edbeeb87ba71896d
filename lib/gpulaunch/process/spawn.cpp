#include "gpulaunch/process/spawn.hpp"

#include "gpulaunch/process/child_start.hpp"
#include "gpulaunch/process/clone3.hpp"
#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/signal_mask.hpp"

#include <climits>

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace gpulaunch {
namespace {

constexpr auto stage_count = static_cast<std::size_t>(SpawnStage::exec) + 1;
constexpr std::array<std::string_view, stage_count> stage_descriptions{
    "making the status pipe",
    "making the process",
    "tying it to the launcher's life",
    "moving it to the job's cgroup",
    "giving it a session",
    "giving it a process group",
    "giving it the terminal",
    "placing its standard streams",
    "changing to the working directory",
    "setting its limits",
    "binding it to its CPUs",
    "running the program",
};
static_assert(std::ranges::none_of(stage_descriptions, &std::string_view::empty), "every stage has a description");

// The kernel's own bound on CPUs is 8,192; this one only keeps a wild number from becoming a wild allocation.
constexpr int cpu_bound = 1 << 16;

// Bits by CPU number in as many words as the highest needs, since cpu_set_t ends at 1,024. Empty for a CPU that cannot
// be.
std::optional<std::vector<unsigned long>> cpu_mask(const std::vector<int>& cpus) {
  constexpr int word_bits = sizeof(unsigned long) * CHAR_BIT;
  std::vector<unsigned long> mask;
  for (const int cpu : cpus) {
    if (cpu < 0 || cpu >= cpu_bound) return std::nullopt;
    const auto word = static_cast<std::size_t>(cpu / word_bits);
    if (mask.size() <= word) mask.resize(word + 1);
    mask[word] |= 1UL << unsigned(cpu % word_bits);
  }
  return mask;
}

// A new descriptor may be 3, and where the launcher was started without standard streams even lower; the child needs
// those numbers.
Fd above_files(Fd fd) { return !fd || fd.get() > 3 ? std::move(fd) : Fd(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 4)); }

// Only for a child that is on its way out, so that this ends.
void reap_failed(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | __WALL) < 0 && errno == EINTR) continue;
}

tl::expected<Child, int> clone_child(ChildOrders& orders, std::span<std::byte> stack) {
  const BlockedSignals blocked(every_signal);
  const int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (orders.shares_files ? CLONE_FILES : 0);
  void* top = stack.data() + stack.size();  // clone(2) wants the high end
  int pidfd = -1;                           // stays so before Linux 5.2, which does not know the flag
  pid_t pid = ::clone(start_child, top, flags | CLONE_PIDFD, &orders, &pidfd);
  if (pid < 0 && errno == EINVAL) pid = ::clone(start_child, top, flags, &orders);
  if (pid < 0) return tl::unexpected(errno);
  return Child{pid, pidfd >= 0 ? Fd(pidfd) : open_pidfd(pid)};
}

tl::expected<Child, int> clone_child_into_cgroup(ChildOrders& orders, std::span<std::byte> stack) {
  const BlockedSignals blocked(every_signal);
  int pidfd = -1;
  const long pid = clone3_vfork({.flags = CLONE_PIDFD | CLONE_INTO_CGROUP | (orders.shares_files ? CLONE_FILES : 0ULL),
                                 .stack = stack,
                                 .pidfd = &pidfd,
                                 .cgroup = orders.cgroup_to_clone_into,
                                 .run = start_child,
                                 .argument = &orders});
  if (pid < 0) return tl::unexpected(static_cast<int>(-pid));
  return Child{static_cast<pid_t>(pid), Fd(pidfd)};
}

}  // namespace

std::string_view describe(SpawnStage stage) { return stage_descriptions[static_cast<std::size_t>(stage)]; }

InheritedSignals inherited_signals() {
  InheritedSignals inherited;
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT}) {
    struct sigaction action {};
    if (::sigaction(signo, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) inherited.ignored.push_back(signo);
  }
  return inherited;
}

// One mapping: a guard page, the stack above it, the record on top. It is shared, so that the record is seen by us even
// when the child is a fork; its pages appear when they are touched.
struct Spawner::Memory {
  using Progress = std::atomic<SpawnStage>;
  static_assert(Progress::is_always_lock_free);
  static constexpr std::size_t stack_size = std::size_t{128} << 10;

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    if (base != MAP_FAILED) ::munmap(base, size);
  }

  bool map();
  [[nodiscard]] std::span<std::byte> stack() const {
    return {reinterpret_cast<std::byte*>(progress) - stack_size, stack_size};
  }

  std::size_t size = 0;
  void* base = MAP_FAILED;
  Progress* progress = nullptr;
};

bool Spawner::Memory::map() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  size = page + stack_size + page;
  base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || ::mprotect(base, page, PROT_NONE) != 0) return false;
  progress = new (static_cast<std::byte*>(base) + page + stack_size) Progress(SpawnStage::clone);
  return true;
}

// While it lives, the child's own descriptors are also at low numbers, so that a private table of the child's may end
// there. Each seat is emptied again, or the copy in it would keep a rank's pipe open for ever.
class Spawner::Seating {
 public:
  explicit Seating(const Spawner& spawner) : spawner_(spawner) {}
  Seating(const Seating&) = delete;
  Seating& operator=(const Seating&) = delete;
  ~Seating() {
    for (const int seat : taken_) ::dup3(spawner_.status_read_.get(), seat, O_CLOEXEC);
  }

  // 0, or the errno.
  int take(std::array<int, 4>& files) {
    const int highest = std::max_element(spawner_.seats_.begin(), spawner_.seats_.end(), [](auto& a, auto& b) {
                          return a.get() < b.get();
                        })->get();
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (files[i] <= highest) continue;
      const int seat = spawner_.seats_[i].get();
      if (::dup3(files[i], seat, O_CLOEXEC) < 0) return errno;
      taken_.push_back(seat);
      files[i] = seat;
    }
    return 0;
  }

 private:
  const Spawner& spawner_;
  std::vector<int> taken_;
};

// What cannot be had now is asked for again, and complained about, by start().
Spawner::Spawner(const InheritedSignals& inherited) {
  for (const int signo : inherited.ignored) ignored_ |= only_signal(signo);
  static_cast<void>(prepare());
}

Spawner::~Spawner() = default;

std::optional<SpawnError> Spawner::prepare() {
  if (!memory_) {
    auto memory = std::make_unique<Memory>();
    if (!memory->map()) return SpawnError{SpawnStage::clone, errno};
    memory_ = std::move(memory);
  }
  if (!status_write_) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return SpawnError{SpawnStage::pipe, errno};
    status_read_.reset(ends[0]);
    status_write_ = above_files(Fd(ends[1]));
    if (!status_write_) return SpawnError{SpawnStage::pipe, errno};
  }
  for (auto& seat : seats_) {
    if (!seat) seat.reset(::fcntl(status_read_.get(), F_DUPFD_CLOEXEC, 3));
    if (!seat) return SpawnError{SpawnStage::pipe, errno};
  }
  return std::nullopt;
}

// Where the kernel cannot clone into a cgroup, or kills the child at birth for it (cgroup.hpp), the child moves there
// by itself, from now on: that takes some milliseconds the first time, when the kernel brings all forks to a halt.
tl::expected<Child, SpawnError> Spawner::start(const ChildSpec& spec) {
  auto child = start_where_allowed(spec);
  const bool never_began = !child && child.error().stage == SpawnStage::clone;
  if (!never_began || spec.cgroup < 0 || !can_clone_into_cgroup_) return child;
  can_clone_into_cgroup_ = false;
  return start_where_allowed(spec);
}

tl::expected<Child, SpawnError> Spawner::start_where_allowed(const ChildSpec& spec) {
  if (const auto error = prepare()) return tl::unexpected(*error);
  const auto cpus = cpu_mask(spec.cpus);
  if (!cpus) return tl::unexpected(SpawnError{SpawnStage::affinity, EINVAL});
  ChildOrders orders{
      .spec = &spec,
      .ignored = ignored_,
      .files = {spec.stdio[0], spec.stdio[1], spec.stdio[2], spec.heartbeat},
      .shares_files = can_share_files_,
      .cpus = *cpus,
      .cgroup_to_clone_into = can_clone_into_cgroup_ ? spec.cgroup : -1,
      .cgroup_to_join = can_clone_into_cgroup_ ? -1 : spec.cgroup,
      .parent = ::getpid(),
      .status = status_write_.get(),
      .progress = memory_->progress,
  };
  Seating seating(*this);
  const int seat_error = can_share_files_ ? seating.take(orders.files) : 0;
  if (seat_error != 0) return tl::unexpected(SpawnError{SpawnStage::stdio, seat_error});
  const int highest = *std::max_element(orders.files.begin(), orders.files.end());
  orders.files_kept = 1 + std::max({2, highest, orders.status, spec.foreground_of.value_or(0)});
  return run(orders);
}

tl::expected<Child, SpawnError> Spawner::run(ChildOrders& orders) {
  const int errno_before = errno;  // shared with the child until it execs
  memory_->progress->store(SpawnStage::clone, std::memory_order_relaxed);
  auto child = orders.cgroup_to_clone_into >= 0 ? clone_child_into_cgroup(orders, memory_->stack())
                                                : clone_child(orders, memory_->stack());
  if (!child) return tl::unexpected(SpawnError{SpawnStage::clone, child.error()});
  if (const auto error = failure_of(orders)) {
    reap_failed(child->pid);
    return tl::unexpected(*error);
  }
  // A child that may be a fork must not share our table: we would close the status pipe under it.
  can_share_files_ = orders.memory_is_shared && orders.files_can_be_left;
  errno = errno_before;
  return std::move(*child);
}

// After a vfork the child has exec'ed or is ending. Where vfork was a fork it may not have come so far: then the end of
// the pipe says when, which needs our write end closed; the next start makes a new pipe.
std::optional<SpawnError> Spawner::failure_of(const ChildOrders& orders) {
  if (!orders.memory_is_shared) {
    status_write_.reset();
    pollfd ready{status_read_.get(), POLLIN, 0};
    while (::poll(&ready, 1, -1) < 0 && errno == EINTR) continue;
  }
  SpawnError error;
  if (::read(status_read_.get(), &error, sizeof error) == sizeof error) return error;
  const auto stage = memory_->progress->load(std::memory_order_relaxed);
  if (stage != SpawnStage::exec) return SpawnError{stage, ECANCELED};
  return std::nullopt;
}

}  // namespace gpulaunch
