// Memory that is there when the machine has none left: mapped once, its pages present from the start and locked where
// that is allowed. Who needs it makes it early, and after its last fork (a fork's pages are shared until written to).
#pragma once

#include <cstddef>
#include <span>

namespace gpulaunch {

class PinnedMemory {
 public:
  // Zeroed. Empty when the kernel refuses.
  explicit PinnedMemory(std::size_t size) noexcept;
  PinnedMemory(const PinnedMemory&) = delete;  // spans into it are handed out
  PinnedMemory& operator=(const PinnedMemory&) = delete;
  ~PinnedMemory();

  // The next `count` of a type that zeros are a value of. Empty when they do not fit.
  template <class T>
  [[nodiscard]] std::span<T> take(std::size_t count) noexcept {
    auto* place = static_cast<T*>(take(count * sizeof(T), alignof(T)));
    return place == nullptr ? std::span<T>() : std::span<T>(place, count);
  }

 private:
  [[nodiscard]] void* take(std::size_t size, std::size_t alignment) noexcept;

  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  std::size_t taken_ = 0;
};

}  // namespace gpulaunch
