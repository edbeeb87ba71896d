// The reading ends of the pipes on which ranks beat: one a rank, so that the report can say who has stopped. The pipes
// bound what can wait, and the ranks' ends do not block: a rank that beats faster than anybody reads loses beats and
// nothing else. The supervisor watches fd(), and leaves it alone for a while after each take(), so that beats without
// end cost no more than a few.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/run/event_loop.hpp"

#include <vector>

namespace gpulaunch {

class Heartbeats {
 public:
  [[nodiscard]] static Result<Heartbeats> create();

  [[nodiscard]] int fd() const { return epoll_.fd(); }
  // Closes what is left of the attempt before.
  void begin_attempt(std::size_t ranks);
  [[nodiscard]] Result<void> add(int rank, Fd pipe);
  // The ranks that have beaten since the last call.
  [[nodiscard]] std::vector<int> take();

 private:
  explicit Heartbeats(Epoll epoll) : epoll_(std::move(epoll)) {}
  [[nodiscard]] bool drain(Fd& pipe);

  Epoll epoll_;
  std::vector<Fd> pipes_;  // by rank
  std::vector<Token> ready_;
};

}  // namespace gpulaunch
