/* Rank 0 dies while the others live: it notes the time (CLOCK_MONOTONIC, nanoseconds) in FOLDER/died just before
 * _exit(1), with so much memory in use and so many threads beside the main one. Every other rank notes in
 * FOLDER/told.RANK when its handler of SIGTERM ran, and ends; where it is killed without, nothing is noted. Usage:
 * dying_rank FOLDER MEBIBYTES THREADS RANKS */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int told = -1;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void note(int fd, long long time) {
  char text[32];
  int at = sizeof text;
  for (text[--at] = '\n'; time > 0; time /= 10) text[--at] = (char)('0' + time % 10);
  if (write(fd, text + at, sizeof text - (size_t)at) < 0) _exit(3);
}

static void on_term(int signo) {
  note(told, now());
  _exit(128 + signo);
}

static int variable(const char* name) { return getenv(name) != NULL ? atoi(getenv(name)) : -1; }

static int rank_number(void) {
  const char* names[] = {"RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID"};
  for (int i = 0; i < 4; ++i)
    if (variable(names[i]) >= 0) return variable(names[i]);
  return variable("PARALLEL_SEQ") - 1;
}

static void pause_ms(long ms) {
  const struct timespec time = {ms / 1000, ms % 1000 * 1000000};
  nanosleep(&time, NULL);
}

static void* idle(void* unused) {
  for (;;) pause();
  return unused;
}

static int create(const char* folder, const char* name, int number) {
  char path[4096];
  snprintf(path, sizeof path, number < 0 ? "%s/%s" : "%s/%s.%d", folder, name, number);
  return open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
}

static int exists(const char* folder, int rank) {
  char path[4096];
  snprintf(path, sizeof path, "%s/here.%d", folder, rank);
  return access(path, F_OK) == 0;
}

static void use_memory(size_t size) {
  if (size == 0) return;
  char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(3);
  madvise(memory, size, MADV_NOHUGEPAGE);
  for (size_t at = 0; at < size; at += 4096) memory[at] = 1;
}

static void start_threads(int count) {
  pthread_t thread;
  for (; count > 0; --count)
    if (pthread_create(&thread, NULL, idle, NULL) != 0) _exit(3);
}

int main(int count, char** words) {
  const int rank = rank_number();
  if (count != 5 || rank < 0) return 2;
  const int ranks = atoi(words[4]);
  told = create(words[1], "told", rank);
  if (rank != 0) signal(SIGTERM, on_term);
  start_threads(atoi(words[3]));
  if (rank == 0) use_memory((size_t)atol(words[2]) << 20);
  const int died = rank == 0 ? create(words[1], "died", -1) : -1;
  close(create(words[1], "here", rank));
  if (rank != 0)
    for (;;) pause();
  for (int other = 0; other < ranks; ++other)
    while (!exists(words[1], other)) pause_ms(1);
  pause_ms(1200); /* launchers that prepare something for later have done it */
  note(died, now());
  _exit(1);
}
