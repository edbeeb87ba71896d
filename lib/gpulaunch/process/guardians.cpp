#include "gpulaunch/process/guardians.hpp"

#include "gpulaunch/process/anchor.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/front.hpp"
#include "gpulaunch/process/isolation.hpp"
#include "gpulaunch/process/signal_mask.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace gpulaunch {
namespace {

// Blocked signals of this kind would still kill, but without a handler's chance to say where.
constexpr SignalSet faults = only_signal(SIGSEGV) | only_signal(SIGBUS) | only_signal(SIGFPE) | only_signal(SIGILL) |
                             only_signal(SIGABRT) | only_signal(SIGTRAP) | only_signal(SIGSYS);

// Between each two of them, and what a child must not keep of its parent.
struct Links {
  std::array<GuardLink, 2> front_anchor;
  std::array<GuardLink, 2> front_core;
  std::array<GuardLink, 2> anchor_core;
  std::vector<int> guards_own;
};

Result<Links> make_links() {
  auto front_anchor = GuardLink::pair();
  auto front_core = GuardLink::pair();
  auto anchor_core = GuardLink::pair();
  for (const auto* pair : {&front_anchor, &front_core, &anchor_core}) {
    if (!*pair) return tl::unexpected(pair->error());
  }
  return Links{std::move(*front_anchor), std::move(*front_core), std::move(*anchor_core), {}};
}

// Nobody can stop a guardian for long: its parent continues it, and when the parent dies, the kernel does. The first
// process of a namespace takes everybody in there along when it dies with its parent.
void begin_guard(ArgumentArea arguments, std::string_view role, pid_t front, int death_signal) noexcept {
  set_signal_mask(every_signal & ~faults);
  ::prctl(PR_SET_PDEATHSIG, death_signal);
  static_cast<void>(become_subreaper());
  std::array<char, 32> name{};
  fmt::format_to_n(name.data(), name.size() - 1, "{} {}", role, front);
  name_process(arguments, name.data());
}

// The anchor may outlive the front by a while where something cannot be killed: nobody must wait for an end of file
// that it holds open.
void drop_inherited_files(const AnchorPost& post) noexcept {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2; ++fd) ::dup2(null, fd);
  std::array<int, 3> kept{post.front.fd(), post.core.fd(), post.signals.fd()};
  std::sort(kept.begin(), kept.end());
  unsigned from = 3;
  for (const int fd : kept) {
    if (from < static_cast<unsigned>(fd)) ::close_range(from, static_cast<unsigned>(fd) - 1, 0);
    from = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(from, ~0U, 0);
}

int run_core(const GuardSpec& spec, Links& links, pid_t front, pid_t front_group,
             const std::function<CoreVerdict(CorePost&)>& core) {
  begin_guard(spec.arguments, "gl-core", front, spec.isolate ? SIGKILL : SIGCONT);
  auto signals = SignalInbox::open();
  if (!signals) return exit_status::launcher_failed;
  CorePost post{std::move(links.front_core[1]), std::move(links.anchor_core[1]), std::move(*signals), front_group};
  for (const int fd : links.guards_own) ::close(fd);
  links = {};
  if (spec.isolate) {
    if (const auto own = mount_own_proc(); !own) {
      post.front.send({.kind = GuardMessage::Kind::refused}, own.error().message);
      return exit_status::launcher_failed;
    }
  }
  const CoreVerdict end = core(post);
  const GuardMessage finished{.kind = GuardMessage::Kind::finished,
                              .value = end.verdict.code,
                              .signal = end.verdict.raise_signal.value_or(0),
                              .to_group = end.signal_to_group,
                              .abandoned = end.abandoned};
  post.front.send(finished);
  post.anchor.send(finished);
  return exit_status::success;
}

int run_anchor(const GuardSpec& spec, Links& links, pid_t front, pid_t front_group,
               const std::function<CoreVerdict(CorePost&)>& core) {
  begin_guard(spec.arguments, "gl-anchor", front, SIGCONT);
  links.front_anchor[0].close();
  links.front_core[0].close();
  auto signals = SignalInbox::open();
  if (!signals) return exit_status::launcher_failed;
  links.guards_own.push_back(signals->fd());
  const auto refuse = [&](const Error& error) {
    links.front_anchor[1].send({.kind = GuardMessage::Kind::refused}, error.message);
    return exit_status::launcher_failed;
  };
  if (spec.isolate) {
    if (const auto apart = begin_pid_namespace(); !apart) return refuse(apart.error());
  }
  const pid_t child = ::fork();
  if (child < 0) return refuse(fail_errno("cannot start the launcher's core process", errno).value());
  if (child == 0) std::exit(run_core(spec, links, front, front_group, core));  // NOLINT(concurrency-mt-unsafe)
  AnchorPost post{std::move(links.front_anchor[1]), std::move(links.anchor_core[0]), std::move(*signals), child};
  links = {};
  drop_inherited_files(post);
  watch_as_anchor(std::move(post));
  return exit_status::success;
}

}  // namespace

// The core first: to an anchor that has left the session of the user, a core that is still there would look like one of
// a session of the job's own, whose group is killed as a whole, and that group would be the user's.
Result<void> CorePost::take_place(SessionPlace place) {
  const int moved = place == SessionPlace::own_session ? (::setsid() < 0 ? -1 : 0) : ::setpgid(0, 0);
  if (moved != 0) return fail_errno("cannot leave the user's process group", errno);
  anchor.send({.kind = GuardMessage::Kind::take_place, .value = static_cast<std::int32_t>(place)});
  return {};
}

Result<void> CorePost::await_anchor() {
  while (true) {
    const auto answer = anchor.receive();
    if (answer.peer_gone) return fail(ErrorKind::system, "the launcher's anchor process is gone");
    if (!answer.message) {
      pollfd ready{anchor.fd(), POLLIN, 0};
      ::poll(&ready, 1, -1);
    } else if (answer.message->kind == GuardMessage::Kind::placed) {
      return {};
    } else if (answer.message->kind == GuardMessage::Kind::signal) {
      ::kill(::getpid(), answer.message->value);  // blocked here, and read when there is somebody to deal with it
    }
  }
}

void CorePost::promise_removal(std::string_view folder) {
  for (const auto* link : {&front, &anchor}) link->send({.kind = GuardMessage::Kind::folder}, folder);
}

void CorePost::name_cgroup(std::string_view path) {
  for (const auto* link : {&front, &anchor}) link->send({.kind = GuardMessage::Kind::cgroup}, path);
}

Result<ExitVerdict> run_guarded(const GuardSpec& spec, const std::function<CoreVerdict(CorePost&)>& core) {
  if (auto subreaper = become_subreaper(); !subreaper) return tl::unexpected(subreaper.error());
  auto links = make_links();
  if (!links) return tl::unexpected(links.error());
  auto signals = SignalInbox::open(spec.signals);
  if (!signals) return tl::unexpected(signals.error());
  links->guards_own.push_back(signals->fd());
  if (spec.parent >= 0) links->guards_own.push_back(spec.parent);
  const pid_t self = ::getpid();
  const pid_t group = ::getpgrp();
  const pid_t anchor = ::fork();
  if (anchor < 0) return fail_errno("cannot start the launcher's anchor process", errno);
  // Without handlers at its exit: the anchor of an isolated job cannot start threads, as those of a leak checker.
  if (anchor == 0) ::_exit(run_anchor(spec, *links, self, group, core));
  FrontPost post{std::move(links->front_anchor[0]),
                 std::move(links->front_core[0]),
                 std::move(*signals),
                 anchor,
                 spec.parent,
                 spec.in_slurm_step,
                 spec.unkillable};
  links->front_anchor[1].close();
  links->front_core[1].close();
  links->anchor_core = {};
  return watch_as_front(std::move(post));
}

}  // namespace gpulaunch
