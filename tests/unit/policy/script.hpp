// Drives a Policy by hand: times are milliseconds since the start of the job, actions are read back as short words.
#pragma once

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/policy/policy.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace gpulaunch::script {

inline std::string word(const Action& what) {
  struct Words {
    std::string operator()(const action::StartRanks& a) const { return fmt::format("start attempt {}", a.attempt); }
    std::string operator()(const action::SignalRanks& a) const {
      std::string ranks;
      for (const int rank : a.ranks) ranks += fmt::format(" {}", rank);
      return fmt::format("{} to{}", signal_name(a.signo), ranks);
    }
    std::string operator()(const action::KillFamily& a) const { return fmt::format("kill family {}", a.rank); }
    std::string operator()(const action::KillEverything&) const { return "kill everything"; }
    std::string operator()(const action::Abandon&) const { return "abandon"; }
    std::string operator()(const action::SetTimer& a) const {
      return fmt::format("timer {} at {}", static_cast<int>(a.timer), a.at.time_since_epoch().count() / 1'000'000);
    }
    std::string operator()(const action::CancelTimer& a) const {
      return fmt::format("cancel {}", static_cast<int>(a.timer));
    }
    std::string operator()(const action::Suspend&) const { return "suspend"; }
    std::string operator()(const action::Failing& a) const { return fmt::format("rank {} is failing", a.rank); }
    std::string operator()(const action::Ended& a) const {
      const char* causes[] = {"finished", "failed", "stopped"};
      return fmt::format("rank {} {}{}", a.rank, causes[static_cast<int>(a.cause)], a.announced ? ", as told" : "");
    }
    std::string operator()(const action::Teardown& a) const {
      const char* reasons[] = {"rank failed", "start failed", "signal", "timeout", "guardian lost", "storm", "hung"};
      return fmt::format("teardown: {}", reasons[static_cast<int>(a.reason)]);
    }
    std::string operator()(const action::Restart& a) const { return fmt::format("restart as {}", a.attempt); }
    std::string operator()(const action::Notice&) const { return "notice"; }
    std::string operator()(const action::ShowRanks&) const { return "show ranks"; }
    std::string operator()(const action::Finish& a) const {
      return a.verdict.raise_signal ? fmt::format("finish {} by signal", a.verdict.code)
                                    : fmt::format("finish {}", a.verdict.code);
    }
  };
  return std::visit(Words{}, what);
}

class Job {
 public:
  explicit Job(PolicySpec spec) : policy_(std::move(spec)) {}

  std::vector<std::string> start() { return words(policy_.start(at(0))); }
  std::vector<std::string> started(int rank) { return feed(0, event::RankStarted{rank}); }
  std::vector<std::string> exited(int ms, int rank, Outcome outcome) {
    return feed(ms, event::RankExited{rank, outcome});
  }
  std::vector<std::string> dying(int ms, int rank, Outcome outcome) {
    return feed(ms, event::RankDying{rank, outcome});
  }
  std::vector<std::string> signal(int ms, int signo, bool terminal = false) {
    return feed(ms, event::SignalArrived{signo, terminal, false});
  }
  std::vector<std::string> delivered_signal(int ms, int signo) {
    return feed(ms, event::SignalArrived{signo, false, true});
  }
  std::vector<std::string> guardian_lost(int ms) { return feed(ms, event::GuardianLost{Guardian::anchor}); }
  std::vector<std::string> storm(int ms, int rank, StormKind kind = StormKind::growth) {
    return feed(ms, event::StormDetected{{kind, rank, 1025, {}, {}}});
  }
  std::vector<std::string> only_dead_held(int ms) { return feed(ms, event::OnlyDeadHeld{}); }
  std::vector<std::string> timer(int ms, TimerId timer) { return feed(ms, event::TimerFired{timer}); }
  std::vector<std::string> gone(int ms, int rank) { return feed(ms, event::FamilyGone{rank}); }
  std::vector<std::string> everyone_gone(int ms, std::optional<bool> progressed = {}) {
    return feed(ms, event::EveryoneGone{progressed});
  }
  std::vector<std::string> hung(int ms) { return feed(ms, event::Hung{}); }
  std::vector<std::string> start_failed(int ms, int rank, ErrorKind kind) {
    return feed(ms, event::StartFailed{rank, Error{kind, "no", {}}});
  }

  // Starts a job of `ranks` whose ranks all run.
  static Job running(PolicySpec spec) {
    const int ranks = spec.ranks;
    Job job(std::move(spec));
    job.start();
    for (int rank = 0; rank < ranks; ++rank) job.started(rank);
    return job;
  }

 private:
  template <class What>
  std::vector<std::string> feed(int ms, What what) {
    return words(policy_.step(Event{at(ms), what}));
  }
  static Mono at(int ms) { return Mono(std::chrono::milliseconds(ms)); }
  static std::vector<std::string> words(const Actions& actions) {
    std::vector<std::string> result;
    for (const auto& action : actions) {
      // Timers of the linger are bookkeeping; tests of the linger ask for the timer's effect.
      if (const auto text = word(action); !text.starts_with("cancel 3") && !text.starts_with("timer 3")) {
        result.push_back(text);
      }
    }
    return result;
  }
  Policy policy_;
};

inline PolicySpec spec(int ranks) {
  using namespace std::chrono_literals;
  return {.ranks = ranks,
          .grace = 15s,
          .stop_grace = 30s,
          .linger = 500ms,
          .unkillable = 30s,
          .timeout = std::nullopt,
          .max_restarts = 0,
          .restart_delay = 1s,
          .on_failure = OnFailure::kill,
          .scope = SignalScope::automatic,
          .on_signal = {},
          .terminal = false};
}

inline bool has(const std::vector<std::string>& words, const std::string& word) {
  for (const auto& one : words) {
    if (one == word) return true;
  }
  return false;
}

}  // namespace gpulaunch::script
