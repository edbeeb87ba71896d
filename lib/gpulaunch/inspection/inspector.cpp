#include "gpulaunch/inspection/inspector.hpp"

#include "gpulaunch/inspection/finding_lines.hpp"
#include "gpulaunch/inspection/process_look.hpp"
#include "gpulaunch/process/kill_desk.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/signal_mask.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace gpulaunch {
namespace {

using std::chrono_literals::operator""ms;

constexpr Nanos between_looks = 200ms;
constexpr int pipe_place = 3;

void die_with(pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that
}

void default_signals() noexcept {
  for (int signo = 1; signo < NSIG; ++signo) ::signal(signo, SIG_DFL);
  set_signal_mask(0);
}

// close_range is Linux 5.9.
void close_from(int first) noexcept {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  const auto end = static_cast<int>(std::min(::sysconf(_SC_OPEN_MAX), 1L << 20));
  for (int fd = first; fd < end; ++fd) ::close(fd);
}

// Tools inherit 0 to 2 and nothing else. The pipe may be one of the numbers that are taken here.
void keep_only(int pipe) noexcept {
  const int aside = ::fcntl(pipe, F_DUPFD_CLOEXEC, pipe_place + 1);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (aside < 0 || nothing < 0) ::_exit(1);
  const int high = ::fcntl(nothing, F_DUPFD_CLOEXEC, pipe_place + 1);
  for (int fd = 0; fd < pipe_place; ++fd) ::dup2(high, fd);
  ::dup3(aside, pipe_place, O_CLOEXEC);
  close_from(pipe_place + 1);
}

// A tool's own children become ours when it ends, so that nobody gets away.
void become_inspector(int pipe, pid_t parent) noexcept {
  die_with(parent);
  default_signals();
  ::prctl(PR_SET_NAME, "gl-inspect");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::setsid();
  keep_only(pipe);
}

void write_facts(const InspectionSpec& spec, const FindingWriter& writer, const Looks& before, const Looks& after) {
  for (std::size_t place = 0; place < spec.ranks.size(); ++place)
    writer.rank(compare_looks(spec.ranks[place], place, before, after));
}

void look_at_processes(const InspectionSpec& spec, const FindingWriter& writer) {
  const auto before = look_at(spec.ranks);
  write_facts(spec, writer, before, before);
  std::this_thread::sleep_for(std::min(between_looks, spec.limit / 4));
  write_facts(spec, writer, before, look_at(spec.ranks));
}

void inspect(const InspectionSpec& spec, const FindingWriter& writer) { look_at_processes(spec, writer); }

void end_tools() noexcept {
  KillDesk desk(0);
  siginfo_t info{};
  do {
    desk.kill_descendants();
  } while (::waitid(P_ALL, 0, &info, WEXITED | __WALL) == 0);
}

}  // namespace

void run_inspector(const InspectionSpec& spec, int pipe, pid_t parent) noexcept {
  become_inspector(pipe, parent);
  try {
    inspect(spec, FindingWriter(pipe_place));
  } catch (...) {
    // What was found until here counts.
  }
  end_tools();
  ::_exit(0);
}

}  // namespace gpulaunch
