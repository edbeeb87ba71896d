/* How ranks find each other with nothing but what the launcher gives them: rank 0 listens on MASTER_PORT, every other
 * rank connects to MASTER_ADDR:MASTER_PORT and says who it is. The result is a star of TCP connections with rank 0 in
 * the middle. Real trainers leave this to NCCL, gloo or MPI; here it keeps the examples free of dependencies.
 * Valid C and C++. Every function ends the process with exit code 1 and one line on standard error when it cannot go
 * on: a rank whose peers are gone has nothing left to do.
 *
 * The launcher keeps MASTER_PORT bound for the whole job, so that nobody else gets it; SO_REUSEADDR is what lets rank 0
 * listen on it all the same. */
#ifndef EXAMPLES_RENDEZVOUS_H
#define EXAMPLES_RENDEZVOUS_H

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { rendezvous_max_ranks = 1024, rendezvous_patience_ms = 60000 };

struct star {
  int rank;
  int size;
  int peer[rendezvous_max_ranks]; /* rank 0: a connection to each other rank; others: peer[0] leads to rank 0 */
};

static inline void give_up(int rank, const char* what) {
  fprintf(stderr, "rank %d: %s: %s\n", rank, what, strerror(errno));
  exit(1);
}

/* A number from the environment, as the launcher sets it for every rank; `fallback` outside of a launcher. */
static inline int environment_number(const char* name, int fallback) {
  const char* text = getenv(name);
  return text != NULL && *text != '\0' ? atoi(text) : fallback;
}

/* A peer that is gone has failed, and the launcher stops everybody because of it. Waiting for that lets the rank that
 * failed be the one that is reported; without a launcher it costs a second. */
static inline void give_up_on_peer(int rank) {
  const struct timespec second = {1, 0};
  nanosleep(&second, NULL);
  errno = ECONNRESET;
  give_up(rank, "lost the connection to a peer");
}

static inline void send_all(const struct star* star, int fd, const void* data, size_t bytes) {
  const char* from = (const char*)data;
  while (bytes > 0) {
    const ssize_t sent = send(fd, from, bytes, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) give_up_on_peer(star->rank);
    from += sent;
    bytes -= (size_t)sent;
  }
}

static inline void receive_all(const struct star* star, int fd, void* data, size_t bytes) {
  char* to = (char*)data;
  while (bytes > 0) {
    const ssize_t got = recv(fd, to, bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) give_up_on_peer(star->rank);
    to += got;
    bytes -= (size_t)got;
  }
}

static inline void send_without_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Rank 0: listens where the others will look, and lets them in. */
static inline void accept_peers(struct star* star, const struct addrinfo* address) {
  const int on = 1;
  const int listener = socket(address->ai_family, SOCK_STREAM, 0);
  if (listener < 0) give_up(star->rank, "cannot make a socket");
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, address->ai_addr, address->ai_addrlen) != 0 || listen(listener, star->size) != 0)
    give_up(star->rank, "cannot listen on MASTER_ADDR:MASTER_PORT");
  for (int count = 1; count < star->size; ++count) {
    int32_t who = -1;
    const int fd = accept(listener, NULL, NULL);
    if (fd < 0) give_up(star->rank, "cannot accept a peer");
    receive_all(star, fd, &who, sizeof who);
    if (who < 1 || who >= star->size || star->peer[who] >= 0) {
      errno = EPROTO;
      give_up(star->rank, "somebody who is no rank of this job connected");
    }
    send_without_delay(fd);
    star->peer[who] = fd;
  }
  close(listener);
}

/* Other ranks: rank 0 may not listen yet, so a refused connection is tried again for a while. */
static inline void connect_to_hub(struct star* star, const struct addrinfo* address) {
  const struct timespec pause = {0, 5 * 1000 * 1000};
  const int32_t who = star->rank;
  for (int waited = 0; star->peer[0] < 0; waited += 5) {
    const int fd = socket(address->ai_family, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
      star->peer[0] = fd;
      break;
    }
    if (errno != ECONNREFUSED || waited >= rendezvous_patience_ms) give_up(star->rank, "cannot reach rank 0");
    close(fd);
    nanosleep(&pause, NULL);
  }
  send_without_delay(star->peer[0]);
  send_all(star, star->peer[0], &who, sizeof who);
}

/* Connects all ranks of the job. A job of one rank needs no port. */
static inline void form_star(struct star* star) {
  struct addrinfo hints;
  struct addrinfo* address = NULL;
  const char* host = getenv("MASTER_ADDR");
  const char* port = getenv("MASTER_PORT");
  memset(&hints, 0, sizeof hints);
  hints.ai_socktype = SOCK_STREAM;
  star->rank = environment_number("RANK", 0);
  star->size = environment_number("WORLD_SIZE", 1);
  for (int i = 0; i < rendezvous_max_ranks; ++i) star->peer[i] = -1;
  errno = EINVAL;
  if (star->size < 1 || star->size > rendezvous_max_ranks || star->rank < 0 || star->rank >= star->size)
    give_up(star->rank, "RANK and WORLD_SIZE make no sense");
  if (star->size == 1) return;
  if (host == NULL || port == NULL || getaddrinfo(host, port, &hints, &address) != 0)
    give_up(star->rank, "MASTER_ADDR and MASTER_PORT name no address");
  if (star->rank == 0)
    accept_peers(star, address);
  else
    connect_to_hub(star, address);
  freeaddrinfo(address);
}

/* Rank 0's bytes for everybody. */
static inline void broadcast(const struct star* star, void* data, size_t bytes) {
  if (star->rank != 0) receive_all(star, star->peer[0], data, bytes);
  for (int rank = 1; star->rank == 0 && rank < star->size; ++rank) send_all(star, star->peer[rank], data, bytes);
}

#endif
