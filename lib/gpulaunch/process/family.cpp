#include "gpulaunch/process/family.hpp"

#include "gpulaunch/process/pidfd.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/proc_tree.hpp"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace gpulaunch {
namespace {

Outcome outcome_of(const siginfo_t& info) noexcept {
  if (info.si_code == CLD_EXITED) return Outcome::exited(info.si_status);
  return Outcome::signaled(info.si_status, info.si_code == CLD_DUMPED);
}

// Whoever does not block is not interrupted, on Linux; a sandbox or an emulator may think otherwise.
bool look(idtype_t kind, pid_t pid, siginfo_t& info, int options) noexcept {
  int found = -1;
  do {
    found = ::waitid(kind, static_cast<id_t>(pid), &info, options | WNOHANG | __WALL);
  } while (found != 0 && errno == EINTR);
  return found == 0;
}

// __WALL: orphans that were cloned with another exit signal than SIGCHLD, or none, are adopted by us too.
ExitPeek peek(idtype_t kind, pid_t pid) noexcept {
  siginfo_t info{};
  if (!look(kind, pid, info, WEXITED | WNOWAIT)) {
    return {.exit = std::nullopt, .none_left = errno == ECHILD};
  }
  if (info.si_pid == 0) return {};
  return {.exit = Exit{info.si_pid, outcome_of(info)}, .none_left = false};
}

std::vector<pid_t> living_numbers(const std::vector<ProcessFacts>& processes) {
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

ExitPeek peek_exit() noexcept { return peek(P_ALL, 0); }

std::optional<Exit> peek_exit_of(pid_t pid) noexcept { return peek(P_PID, pid).exit; }

bool is_child_of_ours(pid_t pid) noexcept { return pid > 1 && !peek(P_PID, pid).none_left; }

void reap(pid_t pid) noexcept {
  siginfo_t info{};
  look(P_PID, pid, info, WEXITED);
}

std::optional<int> take_stop_of(pid_t pid) {
  siginfo_t info{};
  return look(P_PID, pid, info, WSTOPPED) && info.si_pid == pid ? std::optional(info.si_status) : std::nullopt;
}

std::optional<pid_t> take_stop_of_any() {
  siginfo_t info{};
  return look(P_ALL, 0, info, WSTOPPED) && info.si_pid > 0 ? std::optional(info.si_pid) : std::nullopt;
}

std::vector<pid_t> direct_children() { return own_children(); }

pid_t session_of(pid_t leader) noexcept {
  const auto facts = read_facts(leader);
  return facts && facts->parent == ::getpid() ? facts->session : leader;
}

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

bool signal_process(pid_t pid, int pidfd, int signo) noexcept {
  if (pid <= 1) return false;
  if (pidfd < 0) return ::kill(pid, signo) == 0;
  const int error = signal_pidfd(pidfd, signo);
  return error == ENOSYS ? ::kill(pid, signo) == 0 : error == 0;
}

bool signal_group(pid_t group, int signo) noexcept {
  if (group <= 1 || group == ::getpgrp()) return false;
  return ::kill(-group, signo) == 0;
}

std::string command_name(pid_t pid) {
  auto name = read_proc(ProcPath() / pid / "comm").value_or("");
  if (name.ends_with('\n')) name.pop_back();
  return name;
}

bool runs_shell(pid_t pid) {
  std::error_code unreadable;
  const auto file = std::filesystem::read_symlink((ProcPath() / pid / "exe").c_str(), unreadable);
  return is_shell_name(unreadable ? command_name(pid) : file.filename().string());
}

bool is_shell_name(std::string_view comm) {
  constexpr std::array<std::string_view, 11> shells{"sh",   "bash", "dash",    "zsh", "ksh", "mksh",
                                                    "fish", "ash",  "busybox", "csh", "tcsh"};
  return std::ranges::find(shells, comm) != shells.end();
}

}  // namespace gpulaunch
