// Who belongs to the job, how they end and how they are signalled; kill_desk.hpp kills them. We are a subreaper: every
// orphan of ours becomes our child, so that waitid's ECHILD is the kernel's own word that nobody is left. A rank's
// family is its session (pid == sid == pgid of the leader); a descendant that left it (setsid, double fork) is a
// stranger, dealt with at the end of the job. Never signals a pid that was reaped: groups are signalled while the
// leader is alive or an unreaped zombie.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/outcome.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// PR_SET_CHILD_SUBREAPER for this process.
[[nodiscard]] Result<void> become_subreaper();

struct Exit {
  pid_t pid = -1;
  Outcome outcome;
};

// The next child that has ended (leader or adopted orphan), left unreaped; nothing when none has.
// `none_left` says ECHILD.
struct ExitPeek {
  std::optional<Exit> exit;
  bool none_left = false;
};
[[nodiscard]] ExitPeek peek_exit() noexcept;
// The same for one child. Nothing: it is still running.
[[nodiscard]] std::optional<Exit> peek_exit_of(pid_t pid) noexcept;
// Living or an unreaped zombie: then the number is nobody else's.
[[nodiscard]] bool is_child_of_ours(pid_t pid) noexcept;
// Takes the zombie of a child that has ended; a child that runs on is left alone.
void reap(pid_t pid) noexcept;
// The signal that has stopped this child since the last call (Ctrl-Z, SIGTTIN); told once for each stop.
[[nodiscard]] std::optional<int> take_stop_of(pid_t pid);
// Any child of ours that was stopped since the last call.
[[nodiscard]] std::optional<pid_t> take_stop_of_any();

// Our own children, zombies included: the leaders, and the orphans that were given to us. One read of /proc.
[[nodiscard]] std::vector<pid_t> direct_children();

// The session that a leader made, or for the one rank that lives in ours (the terminal's), ours.
[[nodiscard]] pid_t session_of(pid_t leader) noexcept;

// Living (not zombie) processes below us whose session is `leader`'s, the leader itself left out.
// Reads /proc; tens of microseconds for a handful of children.
[[nodiscard]] std::vector<pid_t> session_members(pid_t leader);

// The sessions in which anyone below us lives. One walk, for many leaders at once.
[[nodiscard]] std::vector<pid_t> living_sessions();

// Everyone below us, parents before children, zombies left out.
[[nodiscard]] std::vector<pid_t> descendants();

// Signals one process through its pidfd where `pidfd` >= 0, else by pid (the caller vouches that it is not reaped).
// Refuses numbers <= 1, which kill(2) takes for crowds or for init.
bool signal_process(pid_t pid, int pidfd, int signo) noexcept;
// Signals a whole group; the caller vouches that the leader is not reaped. Refuses groups <= 1 and our own.
bool signal_group(pid_t group, int signo) noexcept;

// The comm of a process ("bash"), empty when it is gone.
[[nodiscard]] std::string command_name(pid_t pid);
// True for a process that executes a shell's file, under whatever name: a script with an interpreter line has its own.
[[nodiscard]] bool runs_shell(pid_t pid);
// True for sh, bash, dash, zsh, ksh, mksh, fish, busybox, ash, csh, tcsh: shells do not pass signals on.
[[nodiscard]] bool is_shell_name(std::string_view comm);

}  // namespace gpulaunch
