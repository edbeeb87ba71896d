// How ranks end: the first signs of it, their exits, and the end of their families.
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/run/supervisor.hpp"

namespace gpulaunch {

// In the order in which they became ready, so that the first one to fail is blamed.
void Supervisor::on_ends() {
  for (const auto token : ends_) {
    if (token.source == Source::rank_thread) {
      on_thread_ended(token.index);
    } else {
      on_exit(token.index);
    }
  }
  // Without pidfds (a kernel before 5.3) SIGCHLD is all there is: every running leader is asked.
  for (std::size_t i = 0; children_changed_ && i < processes_.size(); ++i) {
    if (processes_[i].state == RankProcess::State::running && !processes_[i].pidfd) on_exit(i);
  }
  if (children_changed_ && loan_) on_rank_stopped();
  if (children_changed_ && tearing_down_) continue_stopped_ranks();
}

void Supervisor::on_exit(std::size_t index) {
  auto& process = processes_[index];
  if (process.state != RankProcess::State::running) return;
  const auto exit = peek_exit_of(process.pid);
  if (process.pidfd) epoll_->forget(process.pidfd.get());
  if (!exit) {
    process.pidfd.reset();  // dead, but its tracer is told first: we are told by SIGCHLD when that lets go
    return;
  }
  if (!process.detected_by) process.detected_by = process.pidfd ? DetectedBy::pidfd : DetectedBy::sigchld;
  process.state = RankProcess::State::zombie;
  children_changed_ = true;
  lookout_->rank_ended(index);
  if (inspection_ && nobody_runs()) cut_inspection_short();
  pump_->drain(process, static_cast<int>(index), now_);
  step(event::RankExited{static_cast<int>(index), exit->outcome});
}

void Supervisor::on_thread_ended(std::uint32_t index) {
  if (const auto sign = lookout_->thread_ended(index, now_.mono, processes_)) on_death_sign(*sign);
  arm_lookout();
}

void Supervisor::on_death_sign(const DeathSign& sign) {
  auto& process = processes_[static_cast<std::size_t>(sign.rank)];
  if (process.state != RankProcess::State::running) return;
  process.detected_by = sign.by;
  step(event::RankDying{sign.rank, sign.outcome});
}

// How ranks end that were told to is no news.
void Supervisor::look_for_deaths() {
  if (tearing_down_) return end_lookout();
  for (const auto& sign : lookout_->look(now_.mono, turns_, processes_)) on_death_sign(sign);
  arm_lookout();
}

void Supervisor::arm_lookout() {
  if (const auto due = lookout_->due()) {
    deadlines_.set(Chore::look_for_deaths, *due);
  } else {
    deadlines_.cancel(Chore::look_for_deaths);
  }
}

void Supervisor::end_lookout() {
  lookout_->end_attempt();
  deadlines_.cancel(Chore::look_for_deaths);
}

void Supervisor::settle_children() {
  children_changed_ = false;
  for (const int rank : families_.settle()) step(event::FamilyGone{rank});
}

}  // namespace gpulaunch
