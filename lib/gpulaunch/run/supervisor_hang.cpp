// Ranks that do not get on: noticing it, and looking at them before anything is done about it. The look is taken by a
// process beside the loop, which serves everybody meanwhile.
#include "gpulaunch/run/hang_view.hpp"
#include "gpulaunch/run/inspection_plan.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// How long nobody listens for beats after some were heard: beats without end wake us ten times within the time limit.
constexpr int listens_per_limit = 10;
constexpr Nanos longest_deafness = 1s;

}  // namespace

Result<void> Supervisor::watch_progress() {
  const bool seen = !plan_.ranks.front().out.inherit;
  if (!seen || (!spec_.progress.hang_timeout && spec_.progress.pattern.empty() && !spec_.dump_on)) return {};
  progress_.emplace(spec_.progress);
  pump_->tell_progress(&*progress_);
  if (!plan_.heartbeats) return {};
  auto beats = Heartbeats::create();
  if (!beats) return tl::unexpected(beats.error());
  beats_.emplace(std::move(*beats));
  return epoll_->watch(beats_->fd(), Interest::read, {Source::heartbeats, 0});
}

void Supervisor::begin_progress() {
  if (progress_) progress_->begin_attempt(processes_.size());
  if (beats_) beats_->begin_attempt(processes_.size());
}

void Supervisor::end_progress() {
  if (!progress_) return;
  progress_->clock().stop();
  deadlines_.cancel(Chore::look_for_hang);
}

// A timer for the earliest moment at which it could be a hang; output meanwhile moves that moment, not the timer.
void Supervisor::arm_hang() {
  const auto due = progress_ ? progress_->clock().due() : std::nullopt;
  if (due && !tearing_down_) deadlines_.set(Chore::look_for_hang, *due);
}

void Supervisor::hear_beats() {
  for (const int rank : beats_->take()) progress_->on_beat(rank, now_.mono);
  if (deadlines_.is_set(Chore::listen_again)) return;
  epoll_->forget(beats_->fd());
  const Nanos deafness = std::min(*spec_.progress.hang_timeout / listens_per_limit, longest_deafness);
  deadlines_.set(Chore::listen_again, now_.mono + deafness);
}

void Supervisor::listen_again() {
  if (beats_) static_cast<void>(epoll_->watch(beats_->fd(), Interest::read, {Source::heartbeats, 0}));
}

// Ranks whose output nobody takes wait for us, not for each other.
void Supervisor::look_for_hang() {
  if (inspection_ || nobody_runs()) return;
  if (beats_) hear_beats();
  auto& clock = progress_->clock();
  if (spec_.router->congested()) clock.excuse(now_.mono);
  if (const auto due = clock.due(); !due || *due > now_.mono) return arm_hang();
  report(job_event::HangSuspected{*spec_.progress.hang_timeout, clock.silent(now_.mono), clock.silences(now_.mono)});
  begin_inspection(std::nullopt);
}

void Supervisor::dump() {
  if (!inspection_ && !tearing_down_ && !nobody_runs()) begin_inspection(spec_.dump_on);
}

// Without a look at the ranks a hang is a hang all the same.
void Supervisor::begin_inspection(std::optional<int> asked_by) {
  look_ = {now_.mono, asked_by};
  auto started = Inspection::start(inspection_of(plan_, processes_, spec_.environment));
  if (started) {
    inspection_.emplace(std::move(*started));
    families_.spare(inspection_->pid());
    if (epoll_->watch(inspection_->fd(), Interest::read, {Source::inspection, 0})) return;
    return conclude_inspection(end_inspection());
  }
  Findings nothing;
  nothing.notes.push_back(started.error().message);
  conclude_inspection(std::move(nothing));
}

void Supervisor::on_inspection() {
  if (!inspection_ || inspected_ || !inspection_->advance()) return;
  epoll_->forget(inspection_->fd());
  inspected_ = true;
}

// A suspended job is judged when it goes on.
void Supervisor::settle_inspection() {
  if (!inspected_ || (suspended_at_ && !look_.asked_by)) return;
  conclude_inspection(end_inspection());
}

Findings Supervisor::end_inspection() {
  inspected_ = false;
  epoll_->forget(inspection_->fd());
  auto findings = inspection_->finish();
  families_.spare(-1);
  inspection_.reset();
  return findings;
}

// The ranks are being stopped, or have ended: what was found until now is all.
void Supervisor::cut_inspection_short() {
  if (!inspection_) return;
  auto findings = end_inspection();
  report(job_event::RanksInspected{look_.asked_by, std::move(findings), silences()});
}

// Tools that look at stacks hold the ranks up, which is not the ranks' fault.
void Supervisor::conclude_inspection(Findings findings) {
  now_ = now();
  view_ = hang_view(findings);
  report(job_event::RanksInspected{look_.asked_by, std::move(findings), silences()});
  if (look_.asked_by) {
    if (progress_) progress_->clock().shift(now_.mono - look_.begun, now_.mono);
    return arm_hang();
  }
  if (!progress_->clock().moved_after(look_.begun)) return judge_hang();
  carry_out(action::Notice{"there was progress while the ranks were looked at: the job goes on"});
  arm_hang();
}

// Judged first: the grace of the ranks begins when they are told to end. Where they are ending anyway, it is no hang.
void Supervisor::judge_hang() {
  if (!tearing_down_ && !nobody_runs()) {
    diagnose_hang();
    now_ = now();
  }
  step(event::Hung{});
}

bool Supervisor::nobody_runs() const {
  return std::none_of(processes_.begin(), processes_.end(),
                      [](const RankProcess& process) { return process.state == RankProcess::State::running; });
}

std::vector<RankSilence> Supervisor::silences() const {
  return progress_ ? progress_->clock().silences(now_.mono) : std::vector<RankSilence>{};
}

}  // namespace gpulaunch
