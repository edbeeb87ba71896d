#include "gpulaunch/run/heartbeats.hpp"

#include <errno.h>
#include <unistd.h>

#include <array>

namespace gpulaunch {

Result<Heartbeats> Heartbeats::create() {
  auto epoll = Epoll::create();
  if (!epoll) return tl::unexpected(epoll.error());
  return Heartbeats(std::move(*epoll));
}

void Heartbeats::begin_attempt(std::size_t ranks) {
  pipes_.clear();
  pipes_.resize(ranks);
}

Result<void> Heartbeats::add(int rank, Fd pipe) {
  auto& place = pipes_[static_cast<std::size_t>(rank)];
  place = std::move(pipe);
  return epoll_.watch(place.get(), Interest::read, {Source::heartbeats, static_cast<std::uint32_t>(rank)});
}

std::vector<int> Heartbeats::take() {
  std::vector<int> ranks;
  ready_.clear();
  epoll_.collect(ready_, false);
  for (const Token token : ready_) {
    if (drain(pipes_[token.index])) ranks.push_back(static_cast<int>(token.index));
  }
  return ranks;
}

// One read takes more than most ranks beat meanwhile; a pipe that nobody can write to any more is done with.
bool Heartbeats::drain(Fd& pipe) {
  std::array<char, 4096> beats;
  const ssize_t size = ::read(pipe.get(), beats.data(), beats.size());
  if (size > 0) return true;
  if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    epoll_.forget(pipe.get());
    pipe.reset();
  }
  return false;
}

}  // namespace gpulaunch
