// What a signal to the launcher means.
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// A wrapper that passes Ctrl-C on delivers it twice within milliseconds; a person needs longer.
constexpr Nanos double_delivery = 300ms;

bool is_stop_signal(int signo) {
  return signo == signo::hup || signo == signo::intr || signo == signo::quit || signo == signo::term;
}

}  // namespace

void Policy::on(const event::SignalArrived& what, Mono at) {
  if (what.signo == signo::tstp) return act(action::Suspend{});
  delivered_ = what.delivered;
  switch (policy_for(what.signo)) {
    case SignalPolicy::ignore: return;
    case SignalPolicy::forward: return forward(what.signo);
    case SignalPolicy::stop: break;
  }
  if (stop_signal_) {
    stop_repeated(what.signo, at);
  } else {
    stop_asked(what.signo, what.from_terminal, at);
  }
}

SignalPolicy Policy::policy_for(int signo) const {
  const auto asked = std::find_if(spec_.on_signal.rbegin(), spec_.on_signal.rend(),
                                  [&](const auto& entry) { return entry.first == signo; });
  if (asked != spec_.on_signal.rend()) return asked->second;
  if (is_stop_signal(signo)) return SignalPolicy::stop;
  // Terminal and child notifications are dealt with before they get here; what is left is for the program.
  return signo == signo::cont || signo == signo::winch ? SignalPolicy::ignore : SignalPolicy::forward;
}

void Policy::stop_asked(int signo, bool from_terminal, Mono at) {
  stop_signal_ = signo;
  stop_signals_seen_.push_back(signo);
  if (signo == signo::intr) last_interrupt_ = at;
  if (phase_ == Phase::backoff) return finish();
  announce_stop(signo, from_terminal);
  if (phase_ == Phase::running) {
    begin_teardown(TeardownReason::signal, signo, spec_.stop_grace, std::nullopt, at);
  } else {
    forward(signo);
  }
}

// Each source's repeats are forwarded once; only a second Ctrl-C by a person goes straight to SIGKILL. A second SIGTERM
// never does: Slurm sends it up to three times.
void Policy::stop_repeated(int signo, Mono at) {
  if (signo == signo::intr && last_interrupt_ != Mono{}) {
    if (at - last_interrupt_ >= double_delivery && phase_ != Phase::killing) kill_everything(at);
    return;
  }
  if (signo == signo::intr) last_interrupt_ = at;
  const auto seen = std::find(stop_signals_seen_.begin(), stop_signals_seen_.end(), signo);
  if (seen != stop_signals_seen_.end()) return;
  stop_signals_seen_.push_back(signo);
  forward(signo);
}

void Policy::announce_stop(int signo, bool from_terminal) {
  if (signo != signo::intr || !from_terminal || leaders_dead()) return;
  act(action::ShowRanks{});
  act(action::Notice{fmt::format("{} sent to {} rank{}, {} to stop; press Ctrl-C again to kill at once",
                                 signal_name(signo), live_count_, live_count_ == 1 ? "" : "s",
                                 format_duration(spec_.stop_grace))});
}

void Policy::forward(int signo) {
  // Real-time and user signals would kill data loaders by default: they go to leaders, stop signals by the scope.
  const auto scope = is_stop_signal(signo) ? spec_.scope : SignalScope::leader;
  signal_live_ranks(signo, scope);
}

void Policy::signal_live_ranks(int signo, SignalScope scope) {
  if (auto live = live_ranks(); !live.empty() && !delivered_) act(action::SignalRanks{std::move(live), signo, scope});
}

}  // namespace gpulaunch
