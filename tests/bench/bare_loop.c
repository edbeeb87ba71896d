/* The least that any launcher can do: starts COUNT copies of a command with posix_spawn and waits for all of them.
 * Usage: bare_loop COUNT PROGRAM [args…]. What scripts/bench relates every launcher to. */
#include <sys/wait.h>

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>

extern char** environ;

int main(int count, char** words) {
  if (count < 3) return 2;
  const int children = atoi(words[1]);
  int failed = 0;
  for (int i = 0; i < children; ++i) {
    pid_t pid;
    if (posix_spawnp(&pid, words[2], NULL, NULL, words + 2, environ) != 0) return 125;
  }
  for (int status = 0; wait(&status) > 0;)
    if (status != 0) failed = 1;
  return failed;
}
