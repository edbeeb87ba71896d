#include "gpulaunch/run/input_copy.hpp"

#include <errno.h>
#include <unistd.h>

namespace gpulaunch {
namespace {
constexpr std::size_t chunk_size = 64UL * 1024;
}  // namespace

void InputCopy::add(Fd rank_input) { targets_.push_back({std::move(rank_input), 0}); }

void InputCopy::pump(bool source_ready) {
  write_chunk();
  while (source_ready && wants_source() && read_chunk()) {
    write_chunk();
    source_ready = false;  // a second read might block
  }
}

bool InputCopy::read_chunk() {
  chunk_.resize(chunk_size);
  ssize_t size = 0;
  do size = ::read(source_, chunk_.data(), chunk_.size());
  while (size < 0 && errno == EINTR);
  const bool nothing_yet = size < 0 && errno == EAGAIN;
  chunk_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  for (auto& target : targets_) target.sent = 0;
  if (size <= 0 && !nothing_yet) close();
  return size > 0;
}

void InputCopy::write_chunk() {
  blocked_.clear();
  bool anyone = false;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    auto& target = targets_[i];
    while (target.fd && target.sent < chunk_.size()) {
      const ssize_t size = ::write(target.fd.get(), chunk_.data() + target.sent, chunk_.size() - target.sent);
      if (size >= 0) {
        target.sent += static_cast<std::size_t>(size);
      } else if (errno == EAGAIN) {
        blocked_.push_back(i);
        break;
      } else if (errno != EINTR) {
        target.fd.reset();
      }
    }
    anyone = anyone || target.fd;
  }
  if (!targets_.empty() && !anyone) ended_ = true;
}

std::vector<int> InputCopy::blocked_fds() const {
  std::vector<int> fds;
  fds.reserve(blocked_.size());
  for (const auto index : blocked_) fds.push_back(targets_[index].fd.get());
  return fds;
}

void InputCopy::close() {
  ended_ = true;
  blocked_.clear();
  targets_.clear();
}

}  // namespace gpulaunch
