// Bytes on their way to a descriptor: one contiguous buffer that is filled at its end and taken from at its front, so
// that many lines leave in one write. Formatting appends straight into it; nothing is cleared before it is written.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace gpulaunch {

class ByteQueue {
 public:
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::string_view view() const { return {data_.get() + begin_, size()}; }

  // Room for `count` bytes behind the last one; what was written there counts once it was committed.
  [[nodiscard]] char* room(std::size_t count) {
    if (capacity_ - end_ < count) make_room(count);
    return data_.get() + end_;
  }
  void commit(std::size_t count) { end_ += count; }

  ByteQueue& append(std::string_view bytes) {
    if (bytes.empty()) return *this;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    commit(bytes.size());
    return *this;
  }

  void consume(std::size_t count);
  void clear() { consume(size()); }

 private:
  void make_room(std::size_t count);

  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Appends every line of `block` (whole lines, each with its "\n") behind `label`: the path that nearly all output
// takes, so one search and two copies a line and nothing else.
void append_labelled(ByteQueue& queue, std::string_view label, std::string_view block);

}  // namespace gpulaunch
