#include "gpulaunch/process/number_set.hpp"

#include <algorithm>

namespace gpulaunch {

bool NumberSet::insert(std::uint64_t number) noexcept {
  if (contains(number)) return false;
  if (size_ < slots_.size() / 2) {
    slots_[slot_of(number + 1)] = number + 1;
    ++size_;
  }
  return true;
}

bool NumberSet::contains(std::uint64_t number) const noexcept {
  return !slots_.empty() && slots_[slot_of(number + 1)] != 0;
}

void NumberSet::clear() noexcept {
  if (size_ != 0) std::ranges::fill(slots_, 0U);
  size_ = 0;
}

// Where it is, or where it would be put.
std::size_t NumberSet::slot_of(std::uint64_t entry) const noexcept {
  constexpr std::uint64_t golden_ratio = 0x9E3779B97F4A7C15;
  const std::size_t mask = slots_.size() - 1;
  auto slot = static_cast<std::size_t>((entry * golden_ratio) >> 32U) & mask;
  while (slots_[slot] != 0 && slots_[slot] != entry) slot = (slot + 1) & mask;
  return slot;
}

}  // namespace gpulaunch
