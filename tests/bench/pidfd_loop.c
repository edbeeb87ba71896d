/* How a plain supervisor finds out: starts COUNT copies of a command, polls their pidfds, and sends SIGTERM to all
 * others as soon as one of them is readable. Usage: pidfd_loop COUNT PROGRAM [args…]. */
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

enum { most = 64 };

int main(int count, char** words) {
  struct pollfd watched[most];
  pid_t pids[most];
  const int children = count < 3 ? 0 : atoi(words[1]);
  if (children < 1 || children > most) return 2;
  for (int i = 0; i < children; ++i) {
    char rank[16];
    snprintf(rank, sizeof rank, "%d", i);
    setenv("RANK", rank, 1);
    pids[i] = fork();
    if (pids[i] < 0) return 125;
    if (pids[i] == 0) {
      execvp(words[2], words + 2);
      _exit(127);
    }
    watched[i].fd = (int)syscall(SYS_pidfd_open, pids[i], 0);
    watched[i].events = POLLIN;
  }
  if (poll(watched, (nfds_t)children, -1) < 0) return 125;
  for (int i = 0; i < children; ++i)
    if (watched[i].revents == 0 && pids[i] > 1) kill(pids[i], SIGTERM);
  while (wait(NULL) > 0) continue;
  return 1;
}
