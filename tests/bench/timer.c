/* Runs one command and prints when it began and ended, in nanoseconds of CLOCK_MONOTONIC, how it ended, and how many
 * processes it left behind:   BEGIN END STATUS LEFT
 * STATUS is the exit code, 128 + signal, or "timeout". Usage: timer RESULT_FILE TIMEOUT_MS PROGRAM [args…]. The command
 * has this program's standard streams. The timer is the subreaper of all that the command starts, and kills what is
 * left, so that no launcher's leftovers disturb the next run. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern char** environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

/* Waits for the command without reaping it; 0 when the time is over. SIGCHLD is blocked, so none is missed. */
static int ended_within(pid_t pid, long long deadline) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (;;) {
    siginfo_t info;
    info.si_pid = 0;
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | WNOHANG);
    if (info.si_pid == pid) return 1;
    const long long left = deadline - now();
    if (left <= 0) return 0;
    const struct timespec patience = {left / 1000000000ll, left % 1000000000ll};
    sigtimedwait(&child, NULL, &patience);
  }
}

/* Kills and reaps descendants, who become our children as their parents die, until there is none; returns how many. */
static int kill_the_rest(void) {
  char path[64];
  int count = 0;
  int pid;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  } /* orphans that ended by themselves */
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  for (;;) {
    FILE* children = fopen(path, "r");
    if (children == NULL || fscanf(children, "%d", &pid) != 1) {
      if (children != NULL) fclose(children);
      return count;
    }
    fclose(children);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    ++count;
  }
}

/* Started with an empty signal mask, whatever this program blocks for itself. */
static pid_t start(char** command) {
  posix_spawnattr_t attributes;
  sigset_t none;
  pid_t pid = -1;
  sigemptyset(&none);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  return posix_spawnp(&pid, command[0], NULL, &attributes, command, environ) == 0 ? pid : -1;
}

int main(int count, char** words) {
  if (count < 4) return 2;
  sigset_t child;
  int status = 0;
  char verdict[32] = "timeout";
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const long long begin = now();
  const pid_t pid = start(words + 3);
  if (pid < 0) return 127;
  const int in_time = ended_within(pid, begin + atoll(words[2]) * 1000000ll);
  const long long end = now();
  if (!in_time) kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  if (in_time)
    snprintf(verdict, sizeof verdict, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  const int left = kill_the_rest();
  FILE* result = fopen(words[1], "w");
  if (result == NULL) return 1;
  fprintf(result, "%lld %lld %s %d\n", begin, end, verdict, left);
  return fclose(result);
}
