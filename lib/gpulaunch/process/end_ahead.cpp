#include "gpulaunch/process/end_ahead.hpp"

#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/process_facts.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <array>

namespace gpulaunch {
namespace {

// linux/sched.h, and the same since 2.6: proc(5) calls the field "the kernel flags word of the process".
constexpr unsigned exiting = 0x4;
constexpr unsigned dumping_core = 0x200;

constexpr int most_looks = 3;

// /proc/TID/stat, which is not listed and yet there, gives the status that the whole process was given, and where there
// is none the thread's own; /proc/PID/task/TID/stat only the latter (do_task_stat in fs/proc/array.c).
std::optional<TaskEnd> read_task(pid_t thread) noexcept {
  std::array<char, 1024> buffer;
  const auto line = read_beginning(ProcPath() / thread / "stat", buffer);
  const auto facts = line ? parse_stat(*line) : std::nullopt;
  if (!facts) return std::nullopt;
  return TaskEnd{facts->state, facts->flags, facts->threads, parse_past(*line).exit_status};
}

std::optional<TaskEnd> read_any_other(pid_t leader) noexcept {
  NumberFolder threads(ProcPath() / leader / "task");
  while (const auto thread = threads.next()) {
    if (*thread == leader) continue;
    if (const auto task = read_task(*thread)) return task;
  }
  return std::nullopt;
}

// Whoever is stopped or traced shows the signal that stopped it in the same field.
bool is_stopped(const TaskEnd& task) noexcept { return task.state == 'T' || task.state == 't'; }

bool is_stop_status(int status) noexcept {
  const int signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

EndAhead end_with(int status) noexcept {
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    return {code == 0 ? EndAhead::Kind::well : EndAhead::Kind::badly, Outcome::exited(code)};
  }
  if (!WIFSIGNALED(status)) return {};
  return {EndAhead::Kind::badly, Outcome::signaled(WTERMSIG(status), WCOREDUMP(status))};
}

}  // namespace

// A main thread that is alone and ends takes the process with it. With others beside it, its status could be its own
// (pthread_exit): what another thread shows as well is the process's.
EndAhead judge_end(const TaskEnd& leader, const std::optional<TaskEnd>& other) noexcept {
  if (is_stopped(leader) || is_stop_status(leader.status)) return {};
  if (leader.threads <= 1) return (leader.flags & (exiting | dumping_core)) != 0 ? end_with(leader.status) : EndAhead{};
  if (!other || leader.status == 0 || is_stopped(*other) || other->status != leader.status) return {};
  return end_with(leader.status);
}

EndAhead end_ahead_of(pid_t leader) noexcept {
  for (int looks = 0; looks < most_looks; ++looks) {
    const auto task = read_task(leader);
    if (!task) return {};
    const bool alone = task->threads <= 1;
    const auto other = alone ? std::nullopt : read_any_other(leader);
    if (alone || other) return judge_end(*task, other);
  }
  return {};  // its threads come and go
}

}  // namespace gpulaunch
