#include "gpulaunch/process/pinned_memory.hpp"

#include <sys/mman.h>

namespace gpulaunch {

PinnedMemory::PinnedMemory(std::size_t size) noexcept {
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (base == MAP_FAILED) return;
  ::mlock(base, size);  // against being swapped out; refused where RLIMIT_MEMLOCK is small
  base_ = static_cast<std::byte*>(base);
  size_ = size;
}

PinnedMemory::~PinnedMemory() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

void* PinnedMemory::take(std::size_t size, std::size_t alignment) noexcept {
  const std::size_t from = (taken_ + alignment - 1) / alignment * alignment;
  if (from + size > size_) return nullptr;
  taken_ = from + size;
  return base_ + from;
}

}  // namespace gpulaunch
