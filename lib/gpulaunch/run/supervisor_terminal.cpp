#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/output/pty.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/run/rank_states.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// Long enough for a program that saves something when it is suspended, short enough for a person at a prompt.
constexpr Nanos time_to_suspend = 100ms;
// A terminal that does not know its size.
constexpr std::size_t usual_rows = 24;

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
  suspend_front();
}

// We go on: somebody has to notice when the launcher is killed meanwhile. Graces and time-outs stand still.
void Supervisor::suspend_front() {
  suspended_at_ = mono_now();
  spec_.post->front.send({.kind = GuardMessage::Kind::suspend});
}

void Supervisor::run_clock_again() {
  if (!suspended_at_) return;
  now_ = now();
  deadlines_.shift(now_.mono - *suspended_at_);
  if (progress_) progress_->clock().shift(now_.mono - *suspended_at_, now_.mono);
  suspended_at_.reset();
}

void Supervisor::on_resumed() {
  const bool was_suspended = suspended_at_.has_value();
  run_clock_again();
  if (!was_suspended && !loan_) return;
  for (auto& process : processes_) {
    if (process.state != RankProcess::State::running) continue;
    if (loan_) loan_->give_to(process.pid);
    signal_group(process.pid, signo::cont);
  }
}

// The only rank has the terminal and was stopped there (Ctrl-Z): the shell that started us must see us stop as well.
void Supervisor::on_rank_stopped() {
  auto& process = processes_.front();
  if (process.state != RankProcess::State::running || !take_stop_of(process.pid)) return;
  loan_->take_back();
  suspend_front();
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
  signal_to_group_ = verdict_->raise_signal == signo::intr || verdict_->raise_signal == signo::quit;
}

void Supervisor::resize_ptys() {
  if (!plan_.pty) return;
  for (auto& process : processes_) {
    if (process.stream(Stream::out).fd) copy_window_size(1, process.stream(Stream::out).fd.get());
  }
}

// Half of the screen at most: what the ranks printed before stays in sight.
void Supervisor::carry_out(const action::ShowRanks& /*what*/) {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return;
  std::vector<RankView> views;
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    const auto age = [this](Mono when) { return Nanos(now_.mono - when); };
    const auto& end = investigation_.end_of(i);
    const auto output = spec_.router->last_output(static_cast<int>(i));
    views.push_back({plan_.ranks[i].rank.value(), end ? std::optional(end->outcome) : std::nullopt,
                     end ? std::optional(age(end->ended.mono)) : std::nullopt,
                     output ? std::optional(age(*output)) : std::nullopt});
  }
  const std::size_t rows = size.ws_row > 0 ? size.ws_row : usual_rows;
  for (const auto& line : rank_state_lines(views, rows / 2)) spec_.router->notice("gpulaunch:   " + line, now_);
}

}  // namespace gpulaunch
