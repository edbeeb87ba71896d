// What the supervisor waits on: an epoll instance whose events come back as (source, index) instead of descriptors, and
// one timer for the earliest of all deadlines. Streams of ranks stand in an instance of their own inside the first, so
// that back-pressure (do not read from anybody) costs one system call whatever the number of ranks.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace gpulaunch {

enum class Source : std::uint32_t {
  signals,
  front,
  anchor,
  timer,
  rank_exit,
  rank_thread,
  heartbeats,
  inspection,
  streams,
  stream,
  console,
  input,
  input_copy
};

struct Token {
  Source source = Source::signals;
  std::uint32_t index = 0;
};

enum class Interest { read, write };

class Epoll {
 public:
  [[nodiscard]] static Result<Epoll> create();
  [[nodiscard]] Result<void> watch(int fd, Interest interest, Token token);
  // Harmless for a descriptor that is not watched.
  void forget(int fd);
  // Appends what is ready to `ready`; waits for the first event when `wait` is true. EINTR counts as nothing ready.
  void collect(std::vector<Token>& ready, bool wait);
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Epoll(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

// A timerfd on CLOCK_MONOTONIC that is armed for one absolute deadline at a time.
class Alarm {
 public:
  [[nodiscard]] static Result<Alarm> create();
  // No system call when the deadline has not changed.
  void arm(std::optional<Mono> deadline);
  void acknowledge();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  explicit Alarm(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::optional<Mono> armed_;
};

}  // namespace gpulaunch
