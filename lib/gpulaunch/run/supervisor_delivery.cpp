// The end of a job whose readers are slow.
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <signal.h>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// How long a console that takes nothing is waited for when the job was told to stop.
constexpr Nanos patience_with_readers = 500ms;

}  // namespace

// The job is over. A slow reader still gets everything; once the job was told to stop, only for a moment more.
void Supervisor::deliver_output() {
  deadlines_ = {};
  while (true) {
    spec_.router->flush();
    watch_consoles();
    if (spec_.router->drained() || watched_consoles_.empty()) return;
    limit_delivery();
    alarm_->arm(deadlines_.earliest());
    ready_.clear();
    epoll_->collect(ready_, true);
    now_ = now();
    sort_ready();
    for (const int signo : stop_signals_since()) stopped_while_delivering(signo);
    if (deadlines_.take_due(Chore::abandon_output, now_.mono)) spec_.router->abandon_consoles();
  }
}

void Supervisor::limit_delivery() {
  if (told_to_stop_ && !deadlines_.is_set(Chore::abandon_output)) {
    deadlines_.set(Chore::abandon_output, now_.mono + patience_with_readers);
  }
}

void Supervisor::stopped_while_delivering(int signo) {
  if (signo != signo::intr && signo != signo::term && signo != signo::hup && signo != signo::quit) return;
  if (verdict_->code == 0) verdict_ = ExitVerdict{exit_status::signal_base + signo, signo};
  spec_.router->abandon_consoles();
}

}  // namespace gpulaunch
