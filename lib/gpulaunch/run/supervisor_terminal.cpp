#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/output/pty.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <signal.h>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// Long enough for a program that saves something when it is suspended, short enough for a person at a prompt.
constexpr Nanos time_to_suspend = 100ms;

}  // namespace

// The ranks' groups are orphaned (sessions of their own), so that the kernel ignores a default SIGTSTP there: those
// that did not stop themselves get SIGSTOP a little later.
void Supervisor::carry_out(const action::Suspend& /*what*/) {
  for (auto& process : processes_) {
    if (process.state == RankProcess::State::running) signal_group(process.pid, signo::tstp);
  }
  deadlines_.set(Chore::stop_ranks, now_.mono + time_to_suspend);
}

void Supervisor::stop_ranks_and_self() {
  for (auto& process : processes_) {
    if (process.state == RankProcess::State::running) signal_group(process.pid, signo::stop);
  }
  suspend_self();
  for (auto& process : processes_) {
    if (process.state == RankProcess::State::running) signal_group(process.pid, signo::cont);
  }
}

// Graces and time-outs stand still meanwhile.
void Supervisor::suspend_self() {
  const Mono stopped = mono_now();
  stop_self();
  now_ = now();
  deadlines_.shift(now_.mono - stopped);
}

// The only rank has the terminal and was stopped there (Ctrl-Z): the shell that started us must see us stop as well.
void Supervisor::on_rank_stopped() {
  auto& process = processes_.front();
  if (process.state != RankProcess::State::running || !take_stop_of(process.pid)) return;
  loan_->take_back();
  suspend_self();
  loan_->give_to(process.pid);
  signal_group(process.pid, signo::cont);
}

// A rank that stops itself after it was told to end would sit there until the grace is over.
void Supervisor::continue_stopped_ranks() {
  if (deadlines_.is_set(Chore::stop_ranks)) return;
  for (auto& process : processes_) {
    if (process.state == RankProcess::State::running && take_stop_of(process.pid)) {
      signal_group(process.pid, signo::cont);
    }
  }
}

// A script that started us was not in front when the user typed Ctrl-C, so the terminal did not tell it. A shell ends
// its script only when it was interrupted itself, not because we were: our group gets what it would have got.
void Supervisor::give_terminal_back() {
  loan_->take_back();
  if (verdict_->raise_signal == signo::intr || verdict_->raise_signal == signo::quit) {
    ::kill(0, *verdict_->raise_signal);
    static_cast<void>(spec_.signals->take());  // ours is in the verdict; it is no second Ctrl-C
  }
}

void Supervisor::on_continued() {
  if (!loan_ || processes_.empty()) return;
  auto& process = processes_.front();
  if (process.state != RankProcess::State::running) return;
  loan_->give_to(process.pid);
  signal_group(process.pid, signo::cont);
}

void Supervisor::resize_ptys() {
  if (!plan_.pty) return;
  for (auto& process : processes_) {
    if (process.stream(Stream::out).fd) copy_window_size(1, process.stream(Stream::out).fd.get());
  }
}

}  // namespace gpulaunch
