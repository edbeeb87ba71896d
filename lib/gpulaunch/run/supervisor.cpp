#include "gpulaunch/run/supervisor.hpp"

#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"

#include <unistd.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// Half a default pipe from the ranks together in one turn; and a tenth of the time in which a rank at a gigabyte a
// second fills a widened pipe.
constexpr std::size_t busy_turn = 32UL * 1024;
constexpr Nanos gathering_time = 200us;

}  // namespace

Supervisor::Supervisor(SupervisorSpec spec)
    : spec_(std::move(spec)),
      plan_(std::move(spec_.first_plan)),
      policy_(spec_.policy),
      investigation_(spec_.signatures) {}

Result<std::unique_ptr<Supervisor>> Supervisor::create(SupervisorSpec spec) {
  std::unique_ptr<Supervisor> supervisor(new Supervisor(std::move(spec)));
  auto ready = supervisor->set_up();
  if (!ready) return tl::unexpected(ready.error());
  return supervisor;
}

Result<void> Supervisor::set_up() {
  auto epoll = Epoll::create();
  if (!epoll) return tl::unexpected(epoll.error());
  epoll_.emplace(std::move(*epoll));
  auto alarm = Alarm::create();
  if (!alarm) return tl::unexpected(alarm.error());
  alarm_.emplace(std::move(*alarm));
  auto pump = StreamPump::create(*spec_.router, plan_.ranks.size());
  if (!pump) return tl::unexpected(pump.error());
  pump_.emplace(std::move(*pump));
  lookout_.emplace(*epoll_);
  if (plan_.terminal) loan_ = TerminalLoan::take(spec_.post->front_group);
  if (!spec_.isolated) cgroups_ = delegated_cgroup();
  const auto lent = loan_ && loan_->in_front() ? std::optional(loan_->fd()) : std::nullopt;
  const bool inspectable = spec_.progress.hang_timeout || spec_.dump_on;
  starter_.emplace(spec_.environment, StarterSpec{spec_.inherited, spec_.open_files, lent, inspectable});
  if (auto prepared = starter_->prepare(plan_); !prepared) return prepared;
  if (auto watched = watch_progress(); !watched) return watched;
  return epoll_->watch(spec_.post->signals.fd(), Interest::read, {Source::signals, 0})
      .and_then([&] {
        return epoll_->watch(spec_.post->front.fd(), Interest::read, {Source::front, 0});
      })
      .and_then([&] {
        return epoll_->watch(spec_.post->anchor.fd(), Interest::read, {Source::anchor, 0});
      })
      .and_then([&] {
        return epoll_->watch(alarm_->fd(), Interest::read, {Source::timer, 0});
      })
      .and_then([&] {
        return epoll_->watch(pump_->fd(), Interest::read, {Source::streams, 0});
      });
}

CoreVerdict Supervisor::run() {
  now_ = now();
  job_started_ = now_.mono;
  carry_out(policy_.start(now_.mono));
  while (!verdict_) turn();
  if (loan_) give_terminal_back();
  deliver_output();
  return {.verdict = *verdict_, .signal_to_group = signal_to_group_, .abandoned = abandoned_};
}

void Supervisor::turn() {
  spec_.router->flush();
  watch_consoles();
  auto deadline = suspended_at_ ? std::nullopt : deadlines_.earliest();
  // While nobody is read, an unfinished line is unfinished because of us.
  const auto output_deadline = reading_ ? spec_.router->deadline() : std::nullopt;
  if (output_deadline && (!deadline || *output_deadline < *deadline)) deadline = output_deadline;
  alarm_->arm(deadline);
  ready_.clear();
  // Exits that were noticed during the starts are settled now: nothing may come any more that would wake us for them.
  epoll_->collect(ready_, !children_changed_);
  ++turns_;
  now_ = now();
  sort_ready();
  if (signals_ready_) on_signals();
  if (messages_ready_) on_messages();
  on_ends();
  if (children_changed_) settle_children();
  if (streams_ready_) read_streams();
  if (input_) pump_input(input_ready_);
  if (beats_ready_) hear_beats();
  if (inspection_ready_) on_inspection();
  on_timers();
  settle_inspection();
  finish_attempt();
}

void Supervisor::sort_ready() {
  ends_.clear();
  signals_ready_ = messages_ready_ = streams_ready_ = input_ready_ = beats_ready_ = inspection_ready_ = false;
  for (const Token token : ready_) {
    switch (token.source) {
      case Source::signals: signals_ready_ = true; break;
      case Source::front:
      case Source::anchor: messages_ready_ = true; break;
      case Source::timer: alarm_->acknowledge(); break;
      case Source::rank_exit:
      case Source::rank_thread: ends_.push_back(token); break;
      case Source::streams: streams_ready_ = true; break;
      case Source::heartbeats: beats_ready_ = true; break;
      case Source::inspection: inspection_ready_ = true; break;
      case Source::input: input_ready_ = true; break;
      case Source::input_copy:
      case Source::console:
      case Source::stream: break;  // flush() and pump_input() look for themselves
    }
  }
}

// Ranks that write without pause would wake us for each of their writes: what they write in the next moment is read at
// one go. A rank that prints now and then is never held up.
void Supervisor::read_streams() {
  if (pump_->read_ready(processes_, now_) >= busy_turn) deadlines_.set(Chore::read_again, now_.mono + gathering_time);
}

// Consoles that could not take everything are watched until they can; while too much waits, nobody is read.
void Supervisor::watch_consoles() {
  const auto blocked = spec_.router->blocked_fds();
  if (blocked != watched_consoles_) {
    for (const int fd : watched_consoles_) epoll_->forget(fd);
    watched_consoles_ = blocked;
    for (const int fd : blocked) static_cast<void>(epoll_->watch(fd, Interest::write, {Source::console, 0}));
  }
  const bool read = !spec_.router->congested() && !deadlines_.is_set(Chore::read_again);
  if (read == reading_) return;
  reading_ = read;
  if (read) {
    static_cast<void>(epoll_->watch(pump_->fd(), Interest::read, {Source::streams, 0}));
  } else {
    epoll_->forget(pump_->fd());
  }
}

// Between the starts of a large job.
void Supervisor::look_around() {
  ready_.clear();
  epoll_->collect(ready_, false);
  now_ = now();
  sort_ready();
  if (signals_ready_) on_signals();
  if (messages_ready_) on_messages();
  on_ends();
}

void Supervisor::on_timers() {
  if (reading_) spec_.router->tick(now_);
  if (suspended_at_) return;
  for (const TimerId timer :
       {TimerId::job_timeout, TimerId::grace, TimerId::restart, TimerId::linger, TimerId::unkillable}) {
    if (deadlines_.take_due(timer, now_.mono)) step(event::TimerFired{timer});
  }
  if (deadlines_.take_due(Chore::kill_again, now_.mono)) kill_again();
  if (deadlines_.take_due(Chore::look_for_storms, now_.mono)) look_for_storms();
  if (deadlines_.take_due(Chore::look_for_deaths, now_.mono)) look_for_deaths();
  if (deadlines_.take_due(Chore::stop_ranks, now_.mono)) stop_ranks_and_self();
  if (deadlines_.take_due(Chore::abandon_output, now_.mono)) spec_.router->abandon_consoles();
  if (deadlines_.take_due(Chore::listen_again, now_.mono)) listen_again();
  if (deadlines_.take_due(Chore::look_for_hang, now_.mono)) look_for_hang();
  static_cast<void>(deadlines_.take_due(Chore::read_input, now_.mono));  // turn() pumps
  static_cast<void>(deadlines_.take_due(Chore::read_again, now_.mono));  // watch_consoles() lets the reading go on
}

// The attempt is over when waitid says that nobody is left and everything that was written has been read.
void Supervisor::finish_attempt() {
  if (!attempt_running_ || verdict_) return;
  const auto alive = [](const RankProcess& process) {
    return process.state == RankProcess::State::running || process.state == RankProcess::State::zombie;
  };
  if (std::any_of(processes_.begin(), processes_.end(), alive)) return;
  cut_inspection_short();
  if (!families_.nobody_left()) return;
  if (!pump_->finish(processes_, now_)) return limit_delivery();
  attempt_running_ = false;
  deadlines_.cancel(Chore::abandon_output);
  deadlines_.cancel(Chore::kill_again);
  if (!judged_ && investigation_.anyone_failed()) gather_evidence();
  leave_cgroup();
  deadlines_.cancel(Chore::look_for_storms);
  end_lookout();
  if (beats_) hear_beats();
  end_progress();
  step(event::EveryoneGone{progress_ ? progress_->progressed() : std::nullopt});
}

void Supervisor::pump_input(bool source_ready) {
  if (suspended_at_) return epoll_->forget(STDIN_FILENO);  // what is typed now is the shell's
  input_->pump(source_ready);
  epoll_->forget(STDIN_FILENO);
  if (input_->wants_source()) {
    // Regular files cannot be watched (EPERM): they are always ready.
    if (!epoll_->watch(STDIN_FILENO, Interest::read, {Source::input, 0})) {
      input_->pump(true);
      deadlines_.set(Chore::read_input, now_.mono);
    }
  }
  for (const int fd : input_->blocked_fds()) {
    epoll_->forget(fd);
    static_cast<void>(epoll_->watch(fd, Interest::write, {Source::input_copy, 0}));
  }
  if (input_->finished()) input_.reset();
}

template <class What>
void Supervisor::step(What what) {
  carry_out(policy_.step(Event{now_.mono, std::move(what)}));
}

template void Supervisor::step(event::RankStarted);
template void Supervisor::step(event::StartFailed);
template void Supervisor::step(event::RankDying);
template void Supervisor::step(event::RankExited);
template void Supervisor::step(event::FamilyGone);
template void Supervisor::step(event::OnlyDeadHeld);
template void Supervisor::step(event::StormDetected);
template void Supervisor::step(event::Hung);
template void Supervisor::step(event::SignalArrived);
template void Supervisor::step(event::GuardianLost);

}  // namespace gpulaunch
