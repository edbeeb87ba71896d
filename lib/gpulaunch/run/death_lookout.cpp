#include "gpulaunch/run/death_lookout.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// Threads and memory come while a program loads. A scan takes about 20 us a rank: few at a time.
constexpr Nanos first_scan = 50ms;
constexpr Nanos second_scan = 500ms;
constexpr Nanos longest_between_scans = 5s;
constexpr std::size_t scanned_at_once = 32;
constexpr Nanos between_parts = 5ms;
// A pool that renews its threads all the time must not keep us busy.
constexpr Nanos between_arms = 50ms;

// What goes within half a millisecond anyway is not polled for. More ranks than these cost more than they gain.
constexpr std::size_t worth_polling = 8UL << 20;
constexpr std::size_t most_polled = 256;
// A main thread that has ended beside others has no memory either.
constexpr int most_doubts = 40;

// 2.8% of a core, or where there are cores to look for, 2.1% and 0.8%.
constexpr WatchPace::Limits poll_limits{250us, 36};
constexpr WatchPace::Limits core_limits{10ms, 120};
constexpr Nanos cost_of_waking = 30us;
// For log files, and for the ranks of the next attempt.
constexpr int reserved_descriptors = 64;

int descriptors_we_may_use() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20)) - reserved_descriptors;
}

bool is_due(const std::optional<Mono>& at, Mono now) { return at && *at <= now; }

Mono scan_after(Mono began, Mono now) {
  const auto elapsed = now - began;
  if (elapsed < second_scan) return began + second_scan;
  return now + std::min<Nanos>(elapsed, longest_between_scans);
}

std::uint32_t token_index(std::size_t rank, std::size_t slot) {
  return static_cast<std::uint32_t>(rank * ThreadWatch::slots + slot);
}

}  // namespace

DeathLookout::DeathLookout(Epoll& epoll)
    : epoll_(&epoll), poll_pace_(poll_limits), core_pace_(core_limits), fd_limit_(descriptors_we_may_use()) {}

void DeathLookout::begin_attempt(std::size_t ranks, Mono now) {
  end_attempt();
  watches_.resize(ranks);
  attempt_began_ = now;
  next_scan_ = now + first_scan;
}

void DeathLookout::end_attempt() {
  for (auto& watch : watches_) settle(watch);
  watches_.clear();
  polled_.clear();
  dumpers_.clear();
  scan_from_ = 0;
  next_scan_.reset();
  next_poll_.reset();
  next_core_look_.reset();
}

void DeathLookout::rank_ended(std::size_t rank) {
  if (rank < watches_.size()) settle(watches_[rank]);
}

void DeathLookout::settle(Watch& watch) {
  for (std::size_t slot = 0; slot < ThreadWatch::slots; ++slot) {
    if (watch.threads.fd(slot) >= 0) epoll_->forget(watch.threads.fd(slot));
  }
  watch = {};
  watch.settled = true;
}

std::optional<Mono> DeathLookout::due() const {
  std::optional<Mono> first;
  for (const auto& at : {next_scan_, next_poll_, next_core_look_}) {
    if (at && (!first || *at < *first)) first = at;
  }
  return first;
}

std::vector<DeathSign> DeathLookout::look(Mono now, std::uint64_t turn, const std::vector<RankProcess>& processes) {
  std::vector<DeathSign> signs;
  if (is_due(next_poll_, now)) {
    poll_memory(processes, signs);
    const auto spent = processor_time();
    // Woken for nothing else in between: all that was spent, and waking up, is what a poll costs.
    if (turn == last_poll_turn_ + 1) poll_pace_.looked(spent - processor_time_);
    processor_time_ = spent;
    last_poll_turn_ = turn;
    const auto period = dumpers_.empty() ? poll_pace_.period() : poll_pace_.period() * 4 / 3;
    next_poll_ = polled_.empty() ? std::nullopt : std::optional(now + period);
  }
  if (is_due(next_core_look_, now)) {
    look_for_cores(processes, signs);
    last_poll_turn_ = 0;
    next_core_look_ = dumpers_.empty() ? std::nullopt : std::optional(now + core_pace_.period());
  }
  if (is_due(next_scan_, now)) {
    scan_some(now, processes);
    last_poll_turn_ = 0;
  }
  return signs;
}

std::optional<DeathSign> DeathLookout::thread_ended(std::uint32_t index, Mono now,
                                                    const std::vector<RankProcess>& processes) {
  const std::size_t rank = index / ThreadWatch::slots;
  const std::size_t slot = index % ThreadWatch::slots;
  if (rank >= watches_.size() || watches_[rank].threads.fd(slot) < 0) return std::nullopt;
  auto& watch = watches_[rank];
  epoll_->forget(watch.threads.fd(slot));
  watch.threads.drop(slot);
  auto sign = judge(rank, processes[rank].pid, DetectedBy::thread_pidfd);
  if (sign || watch.settled) return sign;
  if (!watch.armed_at || now - *watch.armed_at >= between_arms) {
    scan(rank, processes[rank].pid, now);
    choose(now);
  } else {
    next_scan_ = std::min(next_scan_.value_or(Mono::max()), *watch.armed_at + between_arms);
  }
  return std::nullopt;
}

void DeathLookout::scan_some(Mono now, const std::vector<RankProcess>& processes) {
  const auto end = std::min(scan_from_ + scanned_at_once, watches_.size());
  for (; scan_from_ < end; ++scan_from_) {
    const auto& process = processes[scan_from_];
    const auto& watch = watches_[scan_from_];
    if (process.state == RankProcess::State::running && !watch.settled && !watch.threads.full()) {
      scan(scan_from_, process.pid, now);
    }
  }
  next_scan_ = now + between_parts;
  if (scan_from_ < watches_.size()) return;
  scan_from_ = 0;
  choose(now);
  const bool complete = std::all_of(watches_.begin(), watches_.end(),
                                    [](const Watch& watch) { return watch.settled || watch.threads.full(); });
  next_scan_ = complete ? std::nullopt : std::optional(scan_after(attempt_began_, now));
}

void DeathLookout::scan(std::size_t rank, pid_t pid, Mono now) {
  auto& watch = watches_[rank];
  watch.armed_at = now;
  if (threads_supported_) arm_threads(rank, pid);
  if (watch.threads.any()) {
    watch.statm.reset();
  } else {
    if (!watch.statm) watch.statm = within_limit(open_statm(pid));
    watch.resident = look_at_memory(watch.statm.get()).resident;
  }
  if (!watch.status && may_dump_core(pid)) watch.status = within_limit(open_status(pid));
}

void DeathLookout::arm_threads(std::size_t rank, pid_t pid) {
  auto& threads = watches_[rank].threads;
  const std::array before{threads.fd(0), threads.fd(1)};
  threads_supported_ = threads.arm(pid, fd_limit_) != ThreadWatch::Armed::unsupported;
  for (std::size_t slot = 0; slot < ThreadWatch::slots; ++slot) {
    if (threads.fd(slot) == before[slot]) continue;
    const auto watched =
        epoll_->watch(threads.fd(slot), Interest::read, {Source::rank_thread, token_index(rank, slot)});
    if (!watched) threads.drop(slot);
  }
}

void DeathLookout::choose(Mono now) {
  polled_.clear();
  dumpers_.clear();
  for (std::size_t rank = 0; rank < watches_.size(); ++rank) {
    const auto& watch = watches_[rank];
    const bool worth_it = watch.statm && watch.resident >= worth_polling && watch.doubts <= most_doubts;
    if (worth_it && polled_.size() < most_polled) polled_.push_back(rank);
    if (watch.status) dumpers_.push_back(rank);
  }
  if (!polled_.empty() && !next_poll_) next_poll_ = now;
  if (!dumpers_.empty() && !next_core_look_) next_core_look_ = now;
}

void DeathLookout::poll_memory(const std::vector<RankProcess>& processes, std::vector<DeathSign>& signs) {
  std::erase_if(polled_, [&](std::size_t rank) {
    auto& watch = watches_[rank];
    if (watch.settled || !watch.statm) return true;
    const auto look = look_at_memory(watch.statm.get());
    if (look.kind == MemoryLook::Kind::mapped) return false;
    if (auto sign = judge(rank, processes[rank].pid, DetectedBy::statm)) signs.push_back(*sign);
    return watch.settled || look.kind == MemoryLook::Kind::unreadable || ++watch.doubts > most_doubts;
  });
}

void DeathLookout::look_for_cores(const std::vector<RankProcess>& processes, std::vector<DeathSign>& signs) {
  const auto begun = processor_time();
  std::erase_if(dumpers_, [&](std::size_t rank) {
    auto& watch = watches_[rank];
    if (watch.settled || !watch.status) return true;
    if (!is_dumping_core(watch.status.get())) return false;
    if (auto sign = judge(rank, processes[rank].pid, DetectedBy::core_dumping)) signs.push_back(*sign);
    return watch.settled;
  });
  core_pace_.looked(processor_time() - begun + cost_of_waking);
}

std::optional<DeathSign> DeathLookout::judge(std::size_t rank, pid_t pid, DetectedBy by) {
  const auto end = end_ahead_of(pid);
  if (end.kind == EndAhead::Kind::none) return std::nullopt;
  settle(watches_[rank]);
  if (end.kind == EndAhead::Kind::well) return std::nullopt;
  return DeathSign{static_cast<int>(rank), end.outcome, by};
}

Fd DeathLookout::within_limit(Fd fd) const { return fd.get() < fd_limit_ ? std::move(fd) : Fd(); }

}  // namespace gpulaunch
