// Looks out for ranks that begin to end, long before their pidfds tell (process/death_watch.hpp). Ranks with a thread
// beside the main one are watched by it and cost nothing; of the others those are polled whose memory takes long to be
// given back, and who may write a core file is asked up to a hundred times a second. All of it within 3% of one core.
// Nothing is opened before a rank has run for a moment: the start of a job pays nothing.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/detected_by.hpp"
#include "gpulaunch/policy/watch_pace.hpp"
#include "gpulaunch/process/death_watch.hpp"
#include "gpulaunch/process/end_ahead.hpp"
#include "gpulaunch/run/event_loop.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gpulaunch {

// A rank that certainly ends, and not well.
struct DeathSign {
  int rank = 0;
  Outcome outcome;
  DetectedBy by = DetectedBy::pidfd;
};

class DeathLookout {
 public:
  // `epoll` must outlive the lookout, which watches threads there as Source::rank_thread.
  explicit DeathLookout(Epoll& epoll);

  void begin_attempt(std::size_t ranks, Mono now);
  // Ranks are being stopped: how they end is no news any more.
  void end_attempt();
  void rank_ended(std::size_t rank);

  // When look() is due; none: nothing is left to look at.
  [[nodiscard]] std::optional<Mono> due() const;
  // `turn`: counts how often the supervisor has woken up, to know what waking up for this alone costs.
  [[nodiscard]] std::vector<DeathSign> look(Mono now, std::uint64_t turn, const std::vector<RankProcess>& processes);
  // A thread that was watched has ended.
  [[nodiscard]] std::optional<DeathSign> thread_ended(std::uint32_t index, Mono now,
                                                      const std::vector<RankProcess>& processes);

 private:
  struct Watch {
    ThreadWatch threads;
    Fd statm;   // of those without a watchable thread
    Fd status;  // of those who may dump core
    std::size_t resident = 0;
    int doubts = 0;        // looks that saw the memory gone and no end
    bool settled = false;  // its end is known, or only its pidfd will tell
    std::optional<Mono> armed_at;
  };

  void scan_some(Mono now, const std::vector<RankProcess>& processes);
  void scan(std::size_t rank, pid_t pid, Mono now);
  void arm_threads(std::size_t rank, pid_t pid);
  void choose(Mono now);
  void poll_memory(const std::vector<RankProcess>& processes, std::vector<DeathSign>& signs);
  void look_for_cores(const std::vector<RankProcess>& processes, std::vector<DeathSign>& signs);
  [[nodiscard]] std::optional<DeathSign> judge(std::size_t rank, pid_t pid, DetectedBy by);
  void settle(Watch& watch);
  [[nodiscard]] Fd within_limit(Fd fd) const;

  Epoll* epoll_;
  std::vector<Watch> watches_;        // by rank
  std::vector<std::size_t> polled_;   // ranks whose memory is looked at
  std::vector<std::size_t> dumpers_;  // ranks that may write a core file
  std::optional<Mono> next_scan_;
  std::optional<Mono> next_poll_;
  std::optional<Mono> next_core_look_;
  Mono attempt_began_{};
  std::size_t scan_from_ = 0;
  WatchPace poll_pace_;
  WatchPace core_pace_;
  Nanos processor_time_{};            // at the end of the last poll
  std::uint64_t last_poll_turn_ = 0;  // 0: what was spent since is not the poll's alone
  int fd_limit_ = 0;
  bool threads_supported_ = true;
};

}  // namespace gpulaunch
