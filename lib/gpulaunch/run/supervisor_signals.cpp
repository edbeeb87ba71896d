// What comes from outside: signals, the words of the other guardians, and their end.
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <signal.h>

namespace gpulaunch {

// What was sent to us instead of the front: a TERM or an INT counts as if the front had been given it, other signals
// are for the front to pass on.
void Supervisor::on_signals() {
  spec_.post->signals.take_each([this](const SignalNote& note) {
    if (note.signo == SIGCHLD) children_changed_ = true;
    if (note.signo == SIGTERM || note.signo == SIGINT) on_signal(note.signo, note.from_kernel, false);
  });
}

void Supervisor::on_messages() {
  for (const auto& [link, who] :
       {std::pair{&spec_.post->front, Guardian::front}, std::pair{&spec_.post->anchor, Guardian::anchor}}) {
    while (link->open()) {
      const auto received = link->receive();
      if (received.message) {
        on_message(*received.message);
        continue;
      }
      if (received.peer_gone) {
        epoll_->forget(link->fd());
        link->close();
        on_guardian_lost(who);
      }
      break;
    }
  }
}

void Supervisor::on_message(const GuardMessage& message) {
  if (message.kind == GuardMessage::Kind::resumed) on_resumed();
  if (message.kind == GuardMessage::Kind::orphaned) {
    spec_.router->notice("gpulaunch: the process that started the launcher has ended (--die-with-parent)", now_);
  }
  if (message.kind == GuardMessage::Kind::signal) on_signal(message.value, message.from_kernel, message.delivered);
}

void Supervisor::on_signal(int signo, bool from_kernel, bool delivered) {
  if (signo == spec_.dump_on) return dump();
  switch (signo) {
    case SIGWINCH: return resize_ptys();
    case SIGHUP:
    case SIGINT:
    case SIGQUIT:
    case SIGTERM:
      // Nobody may be left to end, but a blocked console could still hold us.
      told_to_stop_ = told_to_stop_ || tearing_down_;
      break;
    default: break;
  }
  step(event::SignalArrived{signo, from_kernel, delivered});
}

// Whoever killed a guardian gets no grace: the job ends now, so that the others can be sure of it.
void Supervisor::on_guardian_lost(Guardian who) {
  told_to_stop_ = true;
  step(event::GuardianLost{who});
}

std::vector<int> Supervisor::stop_signals_since() {
  std::vector<int> signals;
  for (const auto& note : spec_.post->signals.take()) signals.push_back(note.signo);
  for (auto* link : {&spec_.post->front, &spec_.post->anchor}) {
    while (link->open()) {
      const auto received = link->receive();
      if (received.peer_gone) {
        epoll_->forget(link->fd());
        link->close();
        signals.push_back(SIGHUP);  // nobody waits for the output any more
      } else if (!received.message) {
        break;
      } else if (received.message->kind == GuardMessage::Kind::signal) {
        signals.push_back(received.message->value);
      }
    }
  }
  return signals;
}

}  // namespace gpulaunch
