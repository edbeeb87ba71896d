#include "gpulaunch/process/anchor.hpp"

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/process/end_everyone.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/promised_folders.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// When the front is gone the core kills everything at once; this is for a core that cannot any more.
constexpr Nanos time_for_core = 40ms;

class Anchor {
 public:
  explicit Anchor(AnchorPost post) : post_(std::move(post)) {}

  void run() {
    while (!core_end_ && !(act_alone_at_ && mono_now() >= *act_alone_at_)) {
      turn();
      if (finished_ && front_there_) return;
    }
    if (core_end_ && front_there_) tell_front();
    end_everyone(desk_, folders_.cgroup(), std::nullopt);
    if (!core_finished()) folders_.remove();
  }

 private:
  void turn() {
    std::array<pollfd, 3> sources{{{post_.signals.fd(), POLLIN, 0},
                                   {front_there_ ? post_.front.fd() : -1, POLLIN, 0},
                                   {post_.core.open() ? post_.core.fd() : -1, POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), time_left());
    post_.signals.take_each([this](const SignalNote& note) { on_signal(note); });
    if (sources[1].revents != 0) on_front_link();
    if (sources[2].revents != 0) on_core_link();
  }

  [[nodiscard]] int time_left() const {
    if (!act_alone_at_) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*act_alone_at_ - mono_now());
    return std::max(0, static_cast<int>(left.count()));
  }

  void on_signal(const SignalNote& note) {
    if (note.signo == SIGCHLD) return look_after_core();
    if (note.signo != SIGTERM && note.signo != SIGINT) return;
    post_.core.send({.kind = GuardMessage::Kind::signal, .value = note.signo, .from_kernel = note.from_kernel});
  }

  void look_after_core() {
    if (take_stop_of(post_.core_pid)) ::kill(post_.core_pid, SIGCONT);
    const auto exit = peek_exit_of(post_.core_pid);
    if (exit) core_end_ = exit->outcome;
  }

  void on_front_link() {
    const auto received = post_.front.receive();
    if (received.peer_gone) return on_front_lost();
    const bool take_over = received.message && received.message->kind == GuardMessage::Kind::take_over;
    if (take_over) act_alone_at_ = mono_now();
  }

  void on_front_lost() {
    front_there_ = false;
    act_alone_at_ = mono_now() + time_for_core;
    ::kill(post_.core_pid, SIGCONT);  // it is our child, reaped by us alone
  }

  void on_core_link() {
    const auto received = post_.core.receive();
    if (received.peer_gone) return post_.core.close();  // its exit follows
    if (!received.message) return;
    if (received.message->kind == GuardMessage::Kind::folder) folders_.add(received.text);
    if (received.message->kind == GuardMessage::Kind::cgroup) folders_.set_cgroup(received.text);
    if (received.message->kind == GuardMessage::Kind::take_place) take_place(received.message->value);
    if (received.message->kind == GuardMessage::Kind::finished) finished_ = !received.message->abandoned;
  }

  void take_place(std::int32_t place) {
    if (place == static_cast<std::int32_t>(SessionPlace::own_session)) {
      ::setsid();
    } else {
      ::setpgid(0, 0);
    }
    post_.core.send({.kind = GuardMessage::Kind::placed});
  }

  [[nodiscard]] bool core_finished() const { return core_end_ && core_end_->success(); }

  void tell_front() {
    if (core_finished()) return;
    const bool killed = core_end_->kind == Outcome::Kind::signaled;
    post_.front.send({.kind = GuardMessage::Kind::core_ended, .value = killed ? -core_end_->value : core_end_->value});
  }

  AnchorPost post_;
  PromisedFolders folders_;
  KillDesk desk_;
  bool front_there_ = true;
  bool finished_ = false;  // nobody is left but the core, which is about to exit: the front waits for both of us
  std::optional<Mono> act_alone_at_;
  std::optional<Outcome> core_end_;
};

}  // namespace

void watch_as_anchor(AnchorPost post) noexcept { Anchor(std::move(post)).run(); }

}  // namespace gpulaunch
