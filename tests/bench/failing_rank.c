/* Rank 2 waits until the other three are there, notes the time in FOLDER/exit_time (CLOCK_MONOTONIC, nanoseconds) and
 * exits 7 at once; the others sleep until they are killed. Usage: failing_rank FOLDER. Needs four ranks. */
#include <fcntl.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int rank_number(void) {
  if (getenv("RANK") != NULL) return atoi(getenv("RANK"));
  if (getenv("PMI_RANK") != NULL) return atoi(getenv("PMI_RANK"));
  if (getenv("OMPI_COMM_WORLD_RANK") != NULL) return atoi(getenv("OMPI_COMM_WORLD_RANK"));
  if (getenv("SLURM_PROCID") != NULL) return atoi(getenv("SLURM_PROCID"));
  return getenv("PARALLEL_SEQ") != NULL ? atoi(getenv("PARALLEL_SEQ")) - 1 : -1;
}

static void pause_ms(long ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

int main(int count, char** words) {
  char path[4096];
  struct timespec time;
  const int rank = rank_number();
  if (count != 2 || rank < 0) return 2;
  snprintf(path, sizeof path, "%s/rank%d", words[1], rank);
  close(open(path, O_CREAT | O_WRONLY, 0600));
  if (rank != 2)
    for (;;) pause_ms(1000000);
  for (int other = 0; other < 4; ++other) {
    snprintf(path, sizeof path, "%s/rank%d", words[1], other);
    while (access(path, F_OK) != 0) pause_ms(1);
  }
  pause_ms(100); /* the launcher is at rest again */
  snprintf(path, sizeof path, "%s/exit_time", words[1]);
  const int fd = open(path, O_CREAT | O_WRONLY, 0600);
  clock_gettime(CLOCK_MONOTONIC, &time);
  dprintf(fd, "%lld\n", time.tv_sec * 1000000000ll + time.tv_nsec);
  _exit(7);
}
