// --collapse: the same line from many ranks within a short window becomes one line with the set of ranks. Lines wait
// in the order in which they first came; a rank joins a waiting line only behind everything that it printed before, so
// the lines of one rank never change their order, whatever others print. A line leaves when every rank has printed it
// or its window has passed, and only from the front; memory is bounded by sending the oldest off early. Pure.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/output/router.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gpulaunch {

class Collapser {
 public:
  static constexpr Nanos window = std::chrono::milliseconds(50);
  static constexpr std::size_t max_bytes = 1024UL * 1024;

  struct Line {
    Stream stream = Stream::out;
    std::string text;
    std::vector<int> ranks;  // in the order in which they printed it
    Instant first;
  };

  explicit Collapser(int ranks) : last_of_rank_(static_cast<std::size_t>(ranks), 0) {}

  void add(StreamId id, std::string_view text, Instant now);
  // The next line that may leave.
  [[nodiscard]] std::optional<Line> next(Mono now);
  // Everything that this rank has printed may leave, and what stands before it.
  void release(int rank);
  void release_all() { release_up_to_ = newest(); }

  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::optional<Mono> deadline() const;

 private:
  // Numbers of the waiting lines with one text, oldest first. Lines are numbered from 1 in the order of their coming.
  using Texts = std::unordered_map<std::string, std::vector<std::uint64_t>>;
  struct Waiting {
    Stream stream = Stream::out;
    Texts::value_type* text = nullptr;  // nodes stay where they are when the table grows
    std::vector<int> ranks;
    Instant first;
  };

  [[nodiscard]] std::uint64_t newest() const { return front_number_ + waiting_.size() - 1; }
  [[nodiscard]] bool may_leave(Mono now) const;
  [[nodiscard]] static std::size_t cost(std::string_view text) { return text.size() + sizeof(Waiting); }

  std::array<Texts, 2> texts_;  // by stream
  std::deque<Waiting> waiting_;
  std::uint64_t front_number_ = 1;
  std::uint64_t release_up_to_ = 0;
  std::vector<std::uint64_t> last_of_rank_;  // number of the last line that each rank is in; 0: none
  std::size_t bytes_ = 0;
};

}  // namespace gpulaunch
