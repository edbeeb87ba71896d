#include "gpulaunch/process/front.hpp"

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/process/end_everyone.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/leftovers.hpp"
#include "gpulaunch/process/promised_folders.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

// When the anchor is gone the core kills everything at once and reports; this is for a core that cannot any more.
constexpr Nanos time_before_front_acts = 1s;
// The same for an anchor that is to take over.
constexpr Nanos time_for_anchor = 1s;
// Beside --unkillable-timeout: a core that has not even taken a stop signal then is stuck in the kernel.
constexpr Nanos time_to_take = 2s;
// Both have nothing left to do then.
constexpr Nanos time_to_exit = 5s;

class Front {
 public:
  explicit Front(FrontPost post) : post_(std::move(post)) {}

  ExitVerdict run() {
    while (!nobody_left_ && !abandoned() && !gave_up_) turn();
    // Who is dead has said before what there was to say.
    if (!verdict_ && post_.core.open()) on_core_link();
    if (!verdict_ && post_.anchor.open()) on_anchor_link();
    if (!verdict_) return lost();
    if (verdict_->to_group) ::kill(0, verdict_->signal);
    return {verdict_->value, verdict_->signal != 0 ? std::optional(verdict_->signal) : std::nullopt};
  }

 private:
  void turn() {
    std::array<pollfd, 4> sources{{{post_.signals.fd(), POLLIN, 0},
                                   {post_.core.open() && !verdict_ ? post_.core.fd() : -1, POLLIN, 0},
                                   {post_.anchor.open() && !verdict_ ? post_.anchor.fd() : -1, POLLIN, 0},
                                   {post_.parent, POLLIN, 0}}};
    ::poll(sources.data(), sources.size(), time_left());
    post_.signals.take_each([this](const SignalNote& note) { on_signal(note); });
    if (sources[1].revents != 0) on_core_link();
    if (sources[2].revents != 0) on_anchor_link();
    if (sources[3].revents != 0) on_parent_gone();
    const Mono now = mono_now();
    if (take_by_ && now >= *take_by_) look_whether_taken(now);
    if (act_alone_at_ && now >= *act_alone_at_) act_alone(now);
    gave_up_ = gave_up_ || (give_up_at_ && now >= *give_up_at_ && !nobody_left_);
  }

  // Its own time to end the job begins when it has taken the signal; a core that cannot do that gets no more of it.
  void look_whether_taken(Mono now) {
    take_by_.reset();
    if (verdict_ || post_.core.all_taken()) return;
    core_stuck_ = true;
    post_.anchor.send({.kind = GuardMessage::Kind::take_over});
    act_alone_at_ = now + time_for_anchor;
    give_up_at_ = *act_alone_at_ + post_.unkillable;
  }

  void act_alone(Mono now) {
    const bool anchor_acts = core_stuck_ && !anchor_ended_ && post_.anchor.all_taken();
    if (anchor_acts) return act_alone_at_.reset();
    acted_alone_ = true;
    nobody_left_ = end_everyone(desk_, folders_.cgroup(), now + post_.unkillable);
    gave_up_ = !nobody_left_;
  }

  [[nodiscard]] int time_left() const {
    auto next = act_alone_at_;
    for (const auto& other : {give_up_at_, take_by_}) {
      if (other && (!next || *other < *next)) next = other;
    }
    if (!next) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - mono_now());
    return std::max(0, static_cast<int>(left.count()));
  }

  void on_signal(const SignalNote& note) {
    if (note.signo == SIGCHLD) return look_after_children();
    const auto kind = note.signo == SIGCONT ? GuardMessage::Kind::resumed : GuardMessage::Kind::signal;
    post_.core.send(
        {.kind = kind, .value = note.signo, .from_kernel = note.from_kernel, .delivered = went_to_ranks(note)});
    if (asks_to_stop(note.signo)) expect_to_be_heard();
  }

  [[nodiscard]] static bool asks_to_stop(int signo) {
    return signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTERM;
  }

  void expect_to_be_heard() {
    if (!take_by_) take_by_ = mono_now() + post_.unkillable + time_to_take;
  }

  void on_parent_gone() {
    post_.parent = -1;
    post_.core.send({.kind = GuardMessage::Kind::orphaned});
    post_.core.send({.kind = GuardMessage::Kind::signal, .value = SIGTERM});
    expect_to_be_heard();
  }

  // slurmstepd signals every process of its step; from another pid namespace its number reads 0.
  [[nodiscard]] bool went_to_ranks(const SignalNote& note) const {
    if (!post_.in_slurm_step || note.from_kernel) return false;
    return note.sender == 0 || command_name(note.sender) == "slurmstepd";
  }

  // The anchor, and when that is gone, whoever it leaves to us: the core first of all.
  void look_after_children() {
    continue_stopped_children();
    for (auto next = peek_exit(); !nobody_left_; next = peek_exit()) {
      nobody_left_ = next.none_left;
      if (!next.exit) break;
      reap(next.exit->pid);
      if (next.exit->pid == post_.anchor_pid) on_anchor_ended(next.exit->outcome);
    }
    // The core's end of the link may outlive it by a moment, in a child that is about to exec.
    if (anchor_ended_ && !nobody_left_ && !post_.core.open()) act_alone_at_ = mono_now();
  }

  static void continue_stopped_children() {
    for (auto stopped = take_stop_of_any(); stopped; stopped = take_stop_of_any()) ::kill(*stopped, SIGCONT);
  }

  void on_anchor_ended(const Outcome& outcome) {
    anchor_ended_ = true;
    anchor_end_ = outcome;
    act_alone_at_ = mono_now() + (post_.core.open() ? time_before_front_acts : 0s);
  }

  void on_core_link() {
    for (auto received = post_.core.receive(); post_.core.open(); received = post_.core.receive()) {
      if (received.peer_gone) return on_core_gone();
      if (!received.message) return;
      on_core_message(*received.message, received.text);
    }
  }

  void on_core_message(const GuardMessage& message, std::string_view text) {
    switch (message.kind) {
      case GuardMessage::Kind::suspend: return suspend();
      case GuardMessage::Kind::folder: return folders_.add(text);
      case GuardMessage::Kind::cgroup: return folders_.set_cgroup(text);
      case GuardMessage::Kind::refused: refusal_ = text; return;
      case GuardMessage::Kind::finished: return on_verdict(message);
      default: return;
    }
  }

  // What is left is their own exits.
  void on_verdict(const GuardMessage& verdict) {
    verdict_ = verdict;
    if (!verdict.abandoned) act_alone_at_ = mono_now() + time_to_exit;
  }

  // The shell sees us stop; the core is told when we run again, also where nobody could stop us.
  void suspend() {
    stop_self();
    post_.core.send({.kind = GuardMessage::Kind::resumed});
  }

  void on_core_gone() {
    post_.core.close();
    give_up_at_ = mono_now() + post_.unkillable;
    if (anchor_ended_) {
      act_alone_at_ = mono_now();
    } else {
      ::kill(post_.anchor_pid, SIGCONT);  // our child, reaped by us alone
    }
  }

  void on_anchor_link() {
    const auto received = post_.anchor.receive();
    if (received.peer_gone) return post_.anchor.close();  // its exit follows
    if (!received.message) return;
    if (received.message->kind == GuardMessage::Kind::core_ended) core_ended_ = received.message;
    if (received.message->kind == GuardMessage::Kind::refused) refusal_ = received.text;
  }

  [[nodiscard]] bool abandoned() const { return verdict_ && verdict_->abandoned; }

  [[nodiscard]] ExitVerdict lost() {
    folders_.remove();
    if (!refusal_.empty()) {
      std::fprintf(stderr, "gpulaunch: %s\n", refusal_.c_str());
      return {exit_status::launcher_failed, std::nullopt};
    }
    std::fprintf(stderr, "gpulaunch: %s; the job was ended, %s\n", what_was_lost().c_str(),
                 gave_up_ ? "but not all of it" : "nothing of it is left");
    if (gave_up_) name_leftovers();
    return {exit_status::launcher_failed, std::nullopt};
  }

  [[nodiscard]] std::string what_was_lost() const {
    if (core_stuck_) return "the launcher's core process does not react";
    return core_ended_ ? describe("core", outcome_of(*core_ended_)) : describe("anchor", anchor_end_);
  }

  void name_leftovers() const {
    for (const auto& each : leftovers()) {
      if (each.pid == post_.anchor_pid && !acted_alone_) continue;  // it stays with them
      std::fprintf(stderr, "gpulaunch: not ended by SIGKILL: %s\n", gpulaunch::describe(each).c_str());
    }
  }

  static Outcome outcome_of(const GuardMessage& ended) {
    return ended.value < 0 ? Outcome::signaled(-ended.value) : Outcome::exited(ended.value);
  }
  static std::string describe(std::string_view who, const Outcome& outcome) {
    return fmt::format("the launcher's {} process {}", who, outcome.describe());
  }

  FrontPost post_;
  PromisedFolders folders_;
  KillDesk desk_;
  std::optional<GuardMessage> verdict_;
  std::optional<GuardMessage> core_ended_;
  std::string refusal_;
  std::optional<Mono> act_alone_at_;
  std::optional<Mono> give_up_at_;
  std::optional<Mono> take_by_;  // the core, what was sent to it
  Outcome anchor_end_;
  bool anchor_ended_ = false;
  bool core_stuck_ = false;
  bool acted_alone_ = false;
  bool nobody_left_ = false;
  bool gave_up_ = false;  // somebody cannot be killed
};

}  // namespace

ExitVerdict watch_as_front(FrontPost post) { return Front(std::move(post)).run(); }

}  // namespace gpulaunch
