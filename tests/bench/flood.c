/* Writes MEGABYTES to standard error that make whoever looks for errors in them work: tracebacks of every length, words
 * that almost are one, control characters, and now and then a line of a megabyte. Usage: flood MEGABYTES. */
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { block_length = 1 << 20 };

static const char* const lines[] = {
    "Traceback (most recent call last):\n  File \"train.py\", line %d, in <module>\n",
    "RuntimeError: CUDA error %d: an illegal memory access was encountered\n",
    "erroerroerroerroerroerroerroerroerroerro timeoutimeoutimeou tracebac %d\n",
    "[rank%d]: NCCL WARN Call to recv from 10.0.0.1<1> failed : Connection reset by peer\n",
    "\x1b[31mfatal\x1b[0m: rank %d was killed by signal 9 (core dumped)\n",
    " 10%%|#    | %d/100\r 20%%|##   | error\r",
    "%d\n",
};

/* Fills the block, to the last byte. */
static void fill(char* block, unsigned* state) {
  size_t used = 0;
  while (used < block_length) {
    *state = *state * 1664525u + 1013904223u;
    char text[256];
    const int length = snprintf(text, sizeof text, lines[(*state >> 16) % (sizeof lines / sizeof *lines)], (int)*state);
    const size_t fits = block_length - used < (size_t)length ? block_length - used : (size_t)length;
    memcpy(block + used, text, fits);
    used += fits;
  }
}

static int write_all(const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t written = write(STDERR_FILENO, bytes, count);
    if (written < 0) return 0;
    bytes += written;
    count -= (size_t)written;
  }
  return 1;
}

int main(int count, char** words) {
  if (count != 2) return 2;
  char* block = malloc(block_length);
  unsigned state = 1;
  for (int i = 0; i < atoi(words[1]); ++i) {
    if (i % 16 == 15)
      memset(block, 'e', block_length);
    else
      fill(block, &state);
    if (!write_all(block, block_length)) return 1;
  }
  free(block);
  return 0;
}
