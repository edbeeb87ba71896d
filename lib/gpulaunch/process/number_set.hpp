// A bounded set of numbers (all but the highest that there is), in memory that the caller brought. What no longer fits
// is forgotten: it counts as new each time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace gpulaunch {

class NumberSet {
 public:
  // Zeroed, a power of two or empty; half of the slots are used.
  explicit NumberSet(std::span<std::uint64_t> slots) noexcept : slots_(slots) {}

  // True when it was not here.
  bool insert(std::uint64_t number) noexcept;
  [[nodiscard]] bool contains(std::uint64_t number) const noexcept;
  void clear() noexcept;

 private:
  [[nodiscard]] std::size_t slot_of(std::uint64_t entry) const noexcept;

  std::span<std::uint64_t> slots_;  // one more than the number; 0 when free
  std::size_t size_ = 0;
};

}  // namespace gpulaunch
