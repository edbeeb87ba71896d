#include "gpulaunch/inspection/inspector.hpp"

#include "gpulaunch/inspection/finding_lines.hpp"
#include "gpulaunch/inspection/flight_recorder.hpp"
#include "gpulaunch/inspection/process_look.hpp"
#include "gpulaunch/inspection/ras_client.hpp"
#include "gpulaunch/inspection/ras_text.hpp"
#include "gpulaunch/inspection/stack_tools.hpp"
#include "gpulaunch/inspection/wrapped_rank.hpp"
#include "gpulaunch/process/kill_desk.hpp"
#include "gpulaunch/process/oom_score.hpp"
#include "gpulaunch/process/signal_mask.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdlib.h>
#include <thread>

namespace gpulaunch {
namespace {

constexpr Nanos between_looks = std::chrono::milliseconds(200);
constexpr Nanos ras_patience = std::chrono::seconds(4);
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

// When the supervisor does not come to end us, for whatever reason.
void set_last_limit(Nanos limit) noexcept {
  ::alarm(static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(limit).count()) + 2);
}

std::size_t debuggers_at_once() { return std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U); }

class Inspector {
 public:
  Inspector(const InspectionSpec& spec, int pipe)
      : spec_(&spec), ranks_(with_workers(spec.ranks)), writer_(pipe), started_(mono_now()) {}

  // What costs little comes first, and torch's flight recorder early, since it takes its time to write.
  void run() {
    look_at_processes();
    for (const auto& note : ask_flight_recorders(spec_->ranks)) writer_.note(note);
    take_python_stacks({&ranks_, &findings_, &writer_, spec_->limit * 3 / 10, 4, at(0.5)});
    ask_nccl(std::min(at(0.8), mono_now() + ras_patience));
    // A debugger that reads the symbols of large libraries keeps a processor busy for seconds.
    take_native_stacks({&ranks_, &findings_, &writer_, spec_->limit, debuggers_at_once(), at(0.95)});
  }

 private:
  // That part of the limit has gone by.
  [[nodiscard]] Mono at(double part) const { return started_ + std::chrono::duration_cast<Nanos>(spec_->limit * part); }

  void look_at_processes() {
    const auto before = look_at(ranks_);
    take_facts(before, before);
    std::this_thread::sleep_for(std::min(between_looks, spec_->limit / 4));
    take_facts(before, look_at(ranks_));
  }

  void take_facts(const Looks& before, const Looks& after) {
    findings_.clear();
    for (std::size_t place = 0; place < ranks_.size(); ++place) {
      findings_.push_back(compare_looks(ranks_[place], place, before, after));
      writer_.rank(findings_.back());
    }
  }

  void ask_nccl(Mono deadline) const {
    if (spec_->ras_address.empty()) return;
    const auto status = ask_ras(spec_->ras_address, deadline);
    // Nobody listens: the ranks use no NCCL, or one that cannot be asked.
    if (!status && status.error().code == std::errc::connection_refused) return;
    if (!status) return writer_.note(status.error().message);
    writer_.nccl(ras_lines(*status));
  }

  const InspectionSpec* spec_;
  std::vector<InspectedRank> ranks_;
  FindingWriter writer_;
  Mono started_;
  std::vector<RankFindings> findings_;
};

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
  // A debugger may need much memory, and the ranks must not pay for it.
  const RaisedOomScore first_to_end(1000);
  try {
    set_last_limit(spec.limit);
    // gdb would ask servers for symbols.
    ::unsetenv("DEBUGINFOD_URLS");
    Inspector(spec, pipe_place).run();
  } catch (...) {
    // What was found until here counts.
  }
  end_tools();
  ::_exit(0);
}

}  // namespace gpulaunch
