// Numbers that must not be mixed up. A Rank counts over all nodes (0 to world size - 1), a LocalRank over one node.
#pragma once

#include <compare>
#include <cstddef>

namespace gpulaunch {

template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(int value) noexcept : value_(value) {}
  [[nodiscard]] constexpr int value() const noexcept { return value_; }
  [[nodiscard]] constexpr std::size_t index() const noexcept { return static_cast<std::size_t>(value_); }
  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  int value_ = 0;
};

using Rank = StrongId<struct RankTag>;
using LocalRank = StrongId<struct LocalRankTag>;

}  // namespace gpulaunch
