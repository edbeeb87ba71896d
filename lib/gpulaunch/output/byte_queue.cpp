#include "gpulaunch/output/byte_queue.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

constexpr std::size_t smallest = 4UL * 1024;
// A queue that a burst or a slow reader has blown up gives its memory back once it is empty.
constexpr std::size_t kept_when_empty = 1024UL * 1024;

}  // namespace

void ByteQueue::consume(std::size_t count) {
  begin_ += count;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  if (capacity_ <= kept_when_empty) return;
  data_.reset();
  capacity_ = 0;
}

void ByteQueue::make_room(std::size_t count) {
  const std::size_t used = size();
  // Moving to the front pays only when at least half of the buffer becomes free by it, else it would be done too often.
  if (used + count <= capacity_ && begin_ >= capacity_ / 2) {
    std::memmove(data_.get(), data_.get() + begin_, used);
  } else {
    const std::size_t wanted = std::max({smallest, capacity_ * 2, used + count});
    auto grown = std::make_unique_for_overwrite<char[]>(wanted);
    if (used > 0) std::memcpy(grown.get(), data_.get() + begin_, used);
    data_ = std::move(grown);
    capacity_ = wanted;
  }
  begin_ = 0;
  end_ = used;
}

void append_labelled(ByteQueue& queue, std::string_view label, std::string_view block) {
  if (label.empty()) {
    queue.append(block);
    return;
  }
  const char* line = block.data();
  const char* const end = line + block.size();
  while (line < end) {
    const auto* newline = static_cast<const char*>(std::memchr(line, '\n', static_cast<std::size_t>(end - line)));
    const auto length = static_cast<std::size_t>(newline - line) + 1;
    char* to = queue.room(label.size() + length);
    std::memcpy(to, label.data(), label.size());
    std::memcpy(to + label.size(), line, length);
    queue.commit(label.size() + length);
    line += length;
  }
}

}  // namespace gpulaunch
