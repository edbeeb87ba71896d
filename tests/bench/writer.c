/* Writes LINES lines of exactly 100 bytes to standard output, each naming its rank and number, through stdio with a
 * buffer of 4 KiB: what a C or Python program does whose output goes into a pipe. Usage: writer LINES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { line_length = 100 };

static const char* rank_name(void) {
  const char* const names[] = {"RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "PARALLEL_SEQ"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (getenv(names[i]) != NULL) return getenv(names[i]);
  return "0";
}

int main(int count, char** words) {
  if (count != 2) return 2;
  static char buffer[4096];
  char line[line_length + 1];
  const int lines = atoi(words[1]);
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  memset(line, '.', line_length);
  for (int i = 0; i < lines; ++i) {
    const int head = snprintf(line, sizeof line, "rank %s line %08d ", rank_name(), i);
    line[head] = '.';
    line[line_length - 1] = '\n';
    if (fwrite(line, 1, line_length, stdout) != line_length) return 1;
  }
  return fflush(stdout) == 0 ? 0 : 1;
}
