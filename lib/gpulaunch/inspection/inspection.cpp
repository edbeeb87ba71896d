#include "gpulaunch/inspection/inspection.hpp"

#include "gpulaunch/inspection/finding_lines.hpp"
#include "gpulaunch/inspection/inspector.hpp"
#include "gpulaunch/inspection/laggards.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gpulaunch {
namespace {

// After SIGKILL only a wait in the kernel that nothing interrupts can take longer; then whoever reaps the supervisor's
// children takes it later.
constexpr int patience_ms = 500;

// The number is the child's for as long as it is not reaped.
bool is_unreaped(pid_t pid, const Fd& pidfd) noexcept {
  return pidfd ? signal_pidfd(pidfd.get(), 0) != ESRCH : is_child_of_ours(pid);
}

// A rank's worker may be a child of its own; nobody else's process is ours to signal.
bool is_below_us(pid_t process) {
  const auto tree = process_tree();
  return std::ranges::any_of(tree, [&](const auto& one) { return one.pid == process; });
}

// A debugger that is killed while it attaches leaves a SIGSTOP behind that nobody takes back.
void let_go_on(const std::vector<pid_t>& processes) {
  for (const pid_t pid : processes) {
    if (is_child_of_ours(pid) || is_below_us(pid)) ::kill(pid, SIGCONT);
  }
}

}  // namespace

void allow_inspection(pid_t parent) noexcept {
  // EINVAL where the kernel has no Yama: then nothing needs to be allowed.
  ::prctl(PR_SET_PTRACER, static_cast<unsigned long>(parent), 0UL, 0UL, 0UL);
}

Result<Inspection> Inspection::start(const InspectionSpec& spec) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("cannot make a pipe for the inspection", errno);
  Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("cannot start the inspection", errno);
  if (pid == 0) run_inspector(spec, write_end.get(), parent);
  return Inspection(std::move(read_end), pid, open_pidfd(pid));
}

Inspection::Inspection(Inspection&& other) noexcept
    : pipe_(std::move(other.pipe_)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      text_(std::move(other.text_)) {}

Inspection& Inspection::operator=(Inspection&& other) noexcept {
  std::swap(pipe_, other.pipe_);
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(text_, other.text_);
  return *this;
}

Inspection::~Inspection() { end_child(); }

// Its tools are in its group; where the supervisor is a subreaper they become its children.
void Inspection::end_child() noexcept {
  const pid_t leader = std::exchange(pid_, -1);
  const Fd pidfd = std::move(pidfd_);
  if (leader <= 1 || !is_unreaped(leader, pidfd)) return;
  ::kill(-leader, SIGKILL);
  ::kill(leader, SIGKILL);  // it may not have come as far as a group of its own
  pollfd end{pidfd.get(), POLLIN, 0};
  if (pidfd) ::poll(&end, 1, patience_ms);
  while (::waitpid(-leader, nullptr, WNOHANG | __WALL) > 0) continue;
  ::waitpid(leader, nullptr, WNOHANG);
}

bool Inspection::advance() {
  std::array<char, 4096> part;
  ssize_t size = 0;
  while ((size = ::read(pipe_.get(), part.data(), part.size())) > 0 || (size < 0 && errno == EINTR)) {
    if (size > 0) text_.append(part.data(), static_cast<std::size_t>(size));
  }
  return size == 0;
}

Findings Inspection::finish() {
  end_child();
  static_cast<void>(advance());
  pipe_.reset();
  auto received = read_finding_lines(text_);
  let_go_on(received.under_tool);
  name_laggards(received.findings);
  return std::move(received.findings);
}

}  // namespace gpulaunch
