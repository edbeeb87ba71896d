#include "gpulaunch/process/signal_inbox.hpp"

#include <errno.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {
namespace {

bool is_ignored(int signo) {
  struct sigaction action {};
  return ::sigaction(signo, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t handled_signals(const std::vector<int>& more) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signo : {SIGHUP, SIGINT, SIGQUIT}) {
    if (!is_ignored(signo)) ::sigaddset(&set, signo);
  }
  for (const int signo : {SIGTERM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGCHLD, SIGWINCH}) ::sigaddset(&set, signo);
  for (const int signo : more) ::sigaddset(&set, signo);
  for (int signo = SIGRTMIN; signo <= SIGRTMAX; ++signo) ::sigaddset(&set, signo);
  return set;
}

sigset_t only(int signo) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signo);
  return set;
}

// An ignored signal is discarded even while it is blocked, and would never be read from the signalfd.
void make_deliverable(const sigset_t& handled) {
  for (int signo = 1; signo <= SIGRTMAX; ++signo) {
    if (::sigismember(&handled, signo) == 1 && is_ignored(signo)) ::signal(signo, SIG_DFL);
  }
}

}  // namespace

Result<SignalInbox> SignalInbox::open(const std::vector<int>& more) {
  ::signal(SIGPIPE, SIG_IGN);
  const sigset_t handled = handled_signals(more);
  make_deliverable(handled);
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &handled, &before);
  Fd fd(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) {
    const int errnum = errno;
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return fail_errno("cannot create a signalfd", errnum);
  }
  return SignalInbox(std::move(fd), before);
}

SignalInbox::~SignalInbox() {
  if (fd_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::size_t SignalInbox::read(std::array<SignalNote, batch>& notes) noexcept {
  std::array<signalfd_siginfo, batch> infos;
  const ssize_t size = ::read(fd_.get(), infos.data(), sizeof infos);
  const auto count = size <= 0 ? 0 : static_cast<std::size_t>(size) / sizeof infos[0];
  for (std::size_t i = 0; i < count; ++i) {
    const auto& info = infos[i];
    notes[i] = {static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL, static_cast<int>(info.ssi_pid)};
  }
  return count;
}

std::vector<SignalNote> SignalInbox::take() {
  std::vector<SignalNote> notes;
  take_each([&](const SignalNote& note) { notes.push_back(note); });
  return notes;
}

void stop_self() {
  const sigset_t stop = only(SIGTSTP);
  ::kill(::getpid(), SIGTSTP);
  sigset_t before;
  ::sigprocmask(SIG_UNBLOCK, &stop, &before);  // the process stops here
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

void die_of(int signo) {
  // The ranks have dumped core where they had to; a core of the launcher itself would only confuse.
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::signal(signo, SIG_DFL);
  const sigset_t set = only(signo);
  ::kill(::getpid(), signo);
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace gpulaunch
