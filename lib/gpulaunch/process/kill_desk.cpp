#include "gpulaunch/process/kill_desk.hpp"

#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/proc_files.hpp"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

// A pass that finds nobody new has reached everyone: a process with SIGKILL pending cannot fork any more. Whoever forks
// faster than this many passes is left to the caller's next call.
constexpr int passes_per_call = 8;

// Looks at our own children alone, before each pass.
constexpr int rounds_per_pass = 4;

constexpr std::size_t bytes_per_process = sizeof(ProcessFacts) + 2 * sizeof(std::uint32_t) + 4 * sizeof(std::uint64_t);

// The frames of the kill path are less deep than this; a stack that was written to has its pages.
void touch_stack() noexcept {
  std::array<volatile char, std::size_t{24} << 10> frames;
  for (std::size_t at = 0; at < frames.size(); at += 1024) frames[at] = 0;
}

// The process is held by a pidfd while its facts are read again, so that the signal cannot go to a stranger that has
// been given the number since.
bool kill_process(const ProcessFacts& process) noexcept {
  const Fd pidfd = open_pidfd(process.pid);
  if (!pidfd && errno == ESRCH) return false;
  const auto now = read_facts(process.pid);
  if (!now || !now->is_same(process) || now->dead()) return false;
  return signal_process(process.pid, pidfd.get(), SIGKILL);
}

// A living member, or an unreaped child that leads it, keeps the group's number from being given away.
bool pins_its_group(const ProcessFacts& member) noexcept {
  const auto now = read_facts(member.pid);
  return now && now->is_same(member) && now->group == member.group && (!now->dead() || now->parent == ::getpid());
}

// Without a look at each: a child of ours keeps its number until we reap it. Who forks and exits all the time has
// become another process by the time that a careful look is over. False when there was nobody.
bool kill_own_children() noexcept {
  const pid_t self = ::getpid();
  ChildList children(self, self);
  if (!children) return false;
  bool anyone = false;
  for (auto child = children.next(); child; child = children.next()) {
    signal_process(*child, -1, SIGKILL);
    anyone = true;
  }
  return anyone;
}

bool kill_children_numbered(pid_t first, pid_t last) noexcept {
  bool found = false;
  for (pid_t pid = first; pid <= last; ++pid) {
    if (!is_child_of_ours(pid)) continue;
    found = true;
    signal_group(pid, SIGKILL);
    signal_process(pid, -1, SIGKILL);
  }
  return found;
}

// Without /proc, waitid still knows whose number is a child of ours. Its children become ours when it dies, so that the
// caller's next passes reach everyone. Most have numbers soon after ours; all that there are take seconds.
void kill_children_by_number() noexcept {
  if (::getpid() == 1) {  // kill(2) reaches everyone in the namespace, and all of them live and die with us
    ::kill(-1, SIGKILL);
    return;
  }
  constexpr pid_t highest = 1 << 22;  // PID_MAX_LIMIT of 64-bit kernels
  const pid_t near = std::min(highest, ::getpid() + (1 << 16));
  if (!kill_children_numbered(2, near)) kill_children_numbered(near + 1, highest);
}

// The number (22 bits at most) and when it was given away.
std::uint64_t identity_of(const ProcessFacts& process) noexcept {
  return process.start_time << 22U | static_cast<std::uint64_t>(process.pid);
}

}  // namespace

class KillDesk::KillAtOnce final : public Overflow {
 public:
  void met(const ProcessFacts& process) noexcept override {
    any = true;
    if (!process.dead()) kill_process(process);
  }
  bool any = false;
};

class KillDesk::KillFamilyAtOnce final : public Overflow {
 public:
  explicit KillFamilyAtOnce(KillDesk& desk) noexcept : desk_(&desk) {}
  void met(const ProcessFacts& process) noexcept override {
    if (!desk_->is_family(process)) return;
    desk_->crowds_.insert(static_cast<std::uint64_t>(process.session));
    if (!process.dead()) kill_process(process);
  }

 private:
  KillDesk* desk_;
};

KillDesk::KillDesk(std::size_t room) noexcept
    : memory_(room * bytes_per_process),
      table_(memory_.take<ProcessFacts>(room), memory_.take<std::uint32_t>(2 * room)),
      crowds_(memory_.take<std::uint64_t>(2 * room)),
      met_(memory_.take<std::uint64_t>(2 * room)) {
  touch_stack();
}

void KillDesk::kill_descendants() noexcept {
  int rounds = proc_has_our_numbers() ? rounds_per_pass : 0;
  while (rounds > 0 && kill_own_children()) --rounds;
  KillAtOnce overflow;
  table_.clear();
  TreeReader(table_, overflow).read();
  const bool nobody_seen = table_.processes().empty() && !overflow.any;
  if (nobody_seen && !peek_exit().none_left) return kill_children_by_number();
  kill_groups();
  for (const auto& process : table_.processes()) {
    if (!process.dead() && !crowds_.contains(static_cast<std::uint64_t>(process.group))) kill_process(process);
  }
}

void KillDesk::kill_groups() noexcept {
  crowds_.clear();
  for (const auto& process : table_.processes()) {
    const auto group = static_cast<std::uint64_t>(process.group);
    if (crowds_.contains(group) || !is_group_of_ours(process) || !pins_its_group(process)) continue;
    if (signal_group(process.group, SIGKILL)) crowds_.insert(group);
  }
}

// A group may be killed when all of it is ours: in another session than ours, which then was made below us, or made by
// a process below us. (In our own session a descendant may have joined a group of the user's shell.)
bool KillDesk::is_group_of_ours(const ProcessFacts& member) const noexcept {
  return member.session != ::getsid(0) || table_.find(member.group) != nullptr;
}

// The first look comes before the group is killed, since the dead no longer say who was below them.
void KillDesk::kill_session(pid_t leader) noexcept {
  met_.clear();
  crowds_.clear();
  crowds_.insert(static_cast<std::uint64_t>(session_of(leader)));
  look_for_family();
  if (is_child_of_ours(leader)) signal_group(leader, SIGKILL);
  for (int pass = 0; pass < passes_per_call && kill_family(); ++pass) look_for_family();
}

void KillDesk::look_for_family() noexcept {
  KillFamilyAtOnce overflow(*this);
  table_.clear();
  TreeReader(table_, overflow).read();
}

// True when there was anyone new.
bool KillDesk::kill_family() noexcept {
  bool anyone_new = false;
  for (const auto& process : table_.processes()) {
    if (!is_family(process)) continue;
    crowds_.insert(static_cast<std::uint64_t>(process.session));
    if (process.dead() || !met_.insert(identity_of(process))) continue;
    anyone_new = true;
    kill_process(process);
  }
  return anyone_new;
}

// A session's member, or below one. A member that left the session took its own along, all of which was made by a
// member and is therefore family too, even when the ancestor who proves it has died between two looks.
bool KillDesk::is_family(const ProcessFacts& process) const noexcept {
  for (const auto* ancestor = &process; ancestor != nullptr; ancestor = table_.find(ancestor->parent)) {
    if (crowds_.contains(static_cast<std::uint64_t>(ancestor->session))) return true;
  }
  return false;
}

}  // namespace gpulaunch
