/* The smallest C worker: who am I, and where do I stand? Everything comes from the environment.
 *
 *   gpulaunch -n 4 hello */
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

static const char* variable(const char* name) {
  const char* value = getenv(name);
  return value != NULL ? value : "(not set)";
}

int main(void) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  printf("hello from rank %s of %s (local rank %s, host %s, pid %ld), devices %s\n", variable("RANK"),
         variable("WORLD_SIZE"), variable("LOCAL_RANK"), host, (long)getpid(), variable("CUDA_VISIBLE_DEVICES"));
  if (getenv("RANK") == NULL) fprintf(stderr, "no RANK in the environment: start me with gpulaunch -n 4 hello\n");
  return getenv("RANK") != NULL ? 0 : 1;
}
