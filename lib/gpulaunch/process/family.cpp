#include "gpulaunch/process/family.hpp"

#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <unordered_set>
#include <utility>

namespace gpulaunch {
namespace {

using Tree = std::vector<ProcessFacts>;

// A pass that finds nobody new has reached everyone: a process with SIGKILL pending cannot fork any more. Whoever forks
// faster than this many passes is left to the caller's next call.
constexpr int passes_per_call = 8;

Outcome outcome_of(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return Outcome::exited(info.si_status);
  return Outcome::signaled(info.si_status, info.si_code == CLD_DUMPED);
}

// __WALL: orphans that were cloned with another exit signal than SIGCHLD, or none, are adopted by us too.
ExitPeek peek(idtype_t kind, pid_t pid) {
  siginfo_t info{};
  if (::waitid(kind, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) {
    return {.exit = std::nullopt, .none_left = errno == ECHILD};
  }
  if (info.si_pid == 0) return {};
  return {.exit = Exit{info.si_pid, outcome_of(info)}, .none_left = false};
}

// Living or an unreaped zombie: then the number is nobody else's.
bool is_child_of_ours(pid_t pid) { return pid > 1 && !peek(P_PID, pid).none_left; }

// The session that a leader made, or for the one rank that lives in ours (the terminal's), ours.
pid_t session_of(pid_t leader) {
  const auto facts = read_facts(leader);
  return facts && facts->parent == ::getpid() ? facts->session : leader;
}

// A session and everyone below it. A member that left it took its own session along, all of which was made by a member
// and is therefore family too, even when the ancestor who proves it has died between two looks.
class Family {
 public:
  explicit Family(pid_t leader) : sessions_{session_of(leader)} {}

  // In a tree that has parents before children; zombies are left out.
  Tree living_in(const Tree& tree) {
    std::unordered_set<pid_t> belonging;
    Tree members;
    for (const auto& process : tree) {
      if (!sessions_.contains(process.session) && !belonging.contains(process.parent)) continue;
      belonging.insert(process.pid);
      sessions_.insert(process.session);
      if (!process.dead()) members.push_back(process);
    }
    return members;
  }

 private:
  std::unordered_set<pid_t> sessions_;
};

// The process is held by a pidfd while its facts are read again, so that the signal cannot go to a stranger that has
// been given the number since.
bool kill_process(const ProcessFacts& process) {
  const Fd pidfd = open_pidfd(process.pid);
  if (!pidfd && errno == ESRCH) return false;
  const auto now = read_facts(process.pid);
  if (!now || !now->is_same(process) || now->dead()) return false;
  return signal_process(process.pid, pidfd.get(), SIGKILL);
}

// A group may be killed when all of it is ours: in another session than ours, which then was made below us, or made by
// a process below us. (In our own session a descendant may have joined a group of the user's shell.)
bool is_group_of_ours(const ProcessFacts& member, const std::unordered_set<pid_t>& below) {
  return member.session != ::getsid(0) || below.contains(member.group);
}

// A living member, or an unreaped child that leads it, keeps the group's number from being given away.
bool pins_its_group(const ProcessFacts& member) {
  const auto now = read_facts(member.pid);
  return now && now->is_same(member) && now->group == member.group && (!now->dead() || now->parent == ::getpid());
}

std::unordered_set<pid_t> kill_groups(const Tree& tree) {
  std::unordered_set<pid_t> below;
  for (const auto& process : tree) below.insert(process.pid);
  std::unordered_set<pid_t> killed;
  for (const auto& process : tree) {
    if (killed.contains(process.group) || !is_group_of_ours(process, below) || !pins_its_group(process)) continue;
    if (signal_group(process.group, SIGKILL)) killed.insert(process.group);
  }
  return killed;
}

// Without /proc, waitid still knows whose number is a child of ours. Its children become ours when it dies, so that the
// caller's next passes reach everyone. About half a second for all the numbers that there are.
void kill_children_by_number() {
  if (::getpid() == 1) {  // kill(2) reaches everyone in the namespace, and all of them live and die with us
    ::kill(-1, SIGKILL);
    return;
  }
  constexpr pid_t highest = 1 << 22;  // PID_MAX_LIMIT of 64-bit kernels
  for (pid_t pid = 2; pid <= highest; ++pid) {
    if (!is_child_of_ours(pid)) continue;
    signal_group(pid, SIGKILL);
    signal_process(pid, -1, SIGKILL);
  }
}

std::vector<pid_t> living_numbers(const Tree& processes) {
  std::vector<pid_t> numbers;
  for (const auto& process : processes) {
    if (!process.dead()) numbers.push_back(process.pid);
  }
  return numbers;
}

}  // namespace

Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno("becoming the reaper of orphans", errno);
  return {};
}

ExitPeek peek_exit() { return peek(P_ALL, 0); }

std::optional<Exit> peek_exit_of(pid_t pid) { return peek(P_PID, pid).exit; }

void reap(pid_t pid) {
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | __WALL);
}

std::optional<int> take_stop_of(pid_t pid) {
  siginfo_t info{};
  const int found = ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WNOHANG | __WALL);
  return found == 0 && info.si_pid == pid ? std::optional(info.si_status) : std::nullopt;
}

std::optional<pid_t> take_stop_of_any() {
  siginfo_t info{};
  const int found = ::waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | __WALL);
  return found == 0 && info.si_pid > 0 ? std::optional(info.si_pid) : std::nullopt;
}

std::vector<pid_t> direct_children() { return own_children(); }

std::vector<pid_t> session_members(pid_t leader) {
  const pid_t session = session_of(leader);
  auto tree = process_tree();
  std::erase_if(tree, [&](const auto& process) { return process.session != session || process.pid == leader; });
  return living_numbers(tree);
}

std::vector<pid_t> living_sessions() {
  std::vector<pid_t> sessions;
  for (const auto& process : process_tree()) {
    if (!process.dead()) sessions.push_back(process.session);
  }
  std::sort(sessions.begin(), sessions.end());
  sessions.erase(std::unique(sessions.begin(), sessions.end()), sessions.end());
  return sessions;
}

std::vector<pid_t> descendants() { return living_numbers(process_tree()); }

bool signal_process(pid_t pid, int pidfd, int signo) {
  if (pid <= 1) return false;
  if (pidfd < 0) return ::kill(pid, signo) == 0;
  const int error = signal_pidfd(pidfd, signo);
  return error == ENOSYS ? ::kill(pid, signo) == 0 : error == 0;
}

bool signal_group(pid_t group, int signo) {
  if (group <= 1 || group == ::getpgrp()) return false;
  return ::kill(-group, signo) == 0;
}

// The first look comes before the group is killed, since the dead no longer say who was below them.
void kill_session(pid_t leader) {
  Family family(leader);
  auto members = family.living_in(process_tree());
  if (is_child_of_ours(leader)) signal_group(leader, SIGKILL);
  std::set<std::pair<pid_t, std::uint64_t>> met;  // with their start times
  for (int pass = 0; pass < passes_per_call; ++pass) {
    bool anyone_new = false;
    for (const auto& process : members) {
      if (!met.emplace(process.pid, process.start_time).second) continue;
      anyone_new = true;
      kill_process(process);
    }
    if (!anyone_new) return;
    members = family.living_in(process_tree());
  }
}

void kill_descendants() {
  const auto tree = process_tree();
  if (tree.empty() && !peek_exit().none_left) return kill_children_by_number();
  const auto killed_groups = kill_groups(tree);
  for (const auto& process : tree) {
    if (!process.dead() && !killed_groups.contains(process.group)) kill_process(process);
  }
}

std::string command_name(pid_t pid) {
  auto name = read_proc(fmt::format("/proc/{}/comm", pid).c_str()).value_or("");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

bool runs_shell(pid_t pid) {
  std::error_code unreadable;
  const auto file = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), unreadable);
  return is_shell_name(unreadable ? command_name(pid) : file.filename().string());
}

bool is_shell_name(std::string_view comm) {
  constexpr std::array<std::string_view, 11> shells{"sh",   "bash", "dash",    "zsh", "ksh", "mksh",
                                                    "fish", "ash",  "busybox", "csh", "tcsh"};
  return std::ranges::find(shells, comm) != shells.end();
}

}  // namespace gpulaunch
