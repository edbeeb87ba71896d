#include "gpulaunch/process/terminal.hpp"

#include "gpulaunch/process/signal_mask.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

// A background group that changes the terminal is stopped by SIGTTOU, unless it blocks the signal (termios(3)).
constexpr SignalSet stops_by_output = only_signal(SIGTTOU);

std::optional<termios> modes_of(int terminal) {
  termios modes{};
  return ::tcgetattr(terminal, &modes) == 0 ? std::optional(modes) : std::nullopt;
}

// TCSANOW: waiting for output to drain could take for ever behind a Ctrl-S. A terminal that has hung up refuses all of
// this, and nothing is left to be put right then.
void put_in_front(int terminal, pid_t group, const std::optional<termios>& modes) {
  const BlockedSignals blocked(stops_by_output);
  if (modes) ::tcsetattr(terminal, TCSANOW, &*modes);
  ::tcsetpgrp(terminal, group);
}

}  // namespace

std::optional<TerminalLoan> TerminalLoan::take(pid_t launcher_group) {
  TerminalLoan loan;
  const auto modes = modes_of(STDIN_FILENO);
  loan.own_group_ = launcher_group;
  if (!modes || ::tcgetpgrp(STDIN_FILENO) == -1) return std::nullopt;
  loan.own_modes_ = *modes;
  loan.terminal_.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  return loan.terminal_ ? std::optional(std::move(loan)) : std::nullopt;
}

bool TerminalLoan::in_front() const { return ::tcgetpgrp(fd()) == own_group_; }

bool TerminalLoan::give_to(pid_t group) {
  const pid_t in_front = ::tcgetpgrp(fd());
  lent_ = in_front == own_group_ || in_front == group;
  if (in_front != own_group_) return lent_;
  own_modes_ = modes_of(fd()).value_or(own_modes_);  // what a shell has set before it continued us
  put_in_front(fd(), group, lent_modes_);
  return true;
}

// The rank may be a shell with a job of its own in front, so any group is taken from while the terminal is lent.
void TerminalLoan::take_back() {
  if (!lent_) return;
  lent_ = false;
  lent_modes_ = modes_of(fd());
  put_in_front(fd(), own_group_, own_modes_);
}

}  // namespace gpulaunch
