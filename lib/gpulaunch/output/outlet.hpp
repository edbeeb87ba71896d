// A sink with the queue in front of it. What the sink cannot take waits, bounded by back-pressure: at `high_water` the
// outlet is congested and stays so until it is below `low_water`, and nobody reads from the ranks meanwhile. A sink
// whose reader has died, or that is full, is given up once and for all: its queue is dropped, later bytes are not kept.
#pragma once

#include "gpulaunch/output/byte_queue.hpp"
#include "gpulaunch/output/sink.hpp"

#include <optional>

namespace gpulaunch {

class Outlet {
 public:
  static constexpr std::size_t high_water = 1024UL * 1024;
  static constexpr std::size_t low_water = 256UL * 1024;
  static constexpr std::size_t write_size = 128UL * 1024;

  explicit Outlet(Sink sink) : sink_(std::move(sink)) {}

  [[nodiscard]] ByteQueue& queue() { return queue_; }
  // Called after each append: writes once enough has been gathered, unless the sink is known to be blocked.
  void drain_when_full() {
    if (queue_.size() >= write_size && !blocked_) drain();
    note_level();
  }
  void drain();
  void drop_queue();

  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool blocked() const { return blocked_; }
  [[nodiscard]] bool congested() const { return congested_; }
  [[nodiscard]] bool drained() const { return queue_.empty(); }
  [[nodiscard]] int fd() const { return sink_.fd(); }
  // Why the sink was given up (an errno), told once.
  [[nodiscard]] std::optional<int> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  void note_level();

  Sink sink_;
  ByteQueue queue_;
  std::optional<int> failure_;
  bool alive_ = true;
  bool blocked_ = false;
  bool congested_ = false;
};

}  // namespace gpulaunch
