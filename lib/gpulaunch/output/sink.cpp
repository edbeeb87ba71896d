#include "gpulaunch/output/sink.hpp"

#include <climits>
#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gpulaunch {
namespace {

// poll(2) promises room for PIPE_BUF bytes in a pipe (pipe(7)); a terminal may have less, but drains by itself.
Sink::Written write_if_ready(int fd, std::string_view bytes) {
  pollfd ready{fd, POLLOUT, 0};
  if (::poll(&ready, 1, 0) <= 0) return {0, EAGAIN};
  if ((ready.revents & POLLOUT) == 0) return {0, EPIPE};
  const ssize_t count = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
  return count >= 0 ? Sink::Written{static_cast<std::size_t>(count), 0} : Sink::Written{0, errno};
}

}  // namespace

Sink Sink::over(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return errno == EBADF ? Sink(Way::lost, fd, errno) : polling(fd);
  if (S_ISSOCK(status.st_mode)) return {Way::socket, fd};
  const bool may_block = S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && ::isatty(fd) == 1);
  if (!may_block) return {Way::direct, fd};
  const auto path = fmt::format("/proc/self/fd/{}", fd);
  Fd again(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (again) return owning(std::move(again));
  // fifo(7): opening for writing without waiting fails with ENXIO when nobody has the other end open.
  if (errno == ENXIO) return {Way::lost, fd, EPIPE};
  return polling(fd);
}

Sink Sink::owning(Fd fd) {
  Sink sink(Way::direct, -1);
  sink.owned_ = std::move(fd);
  return sink;
}

Sink Sink::polling(int fd) { return {Way::polled, fd}; }

Sink::Written Sink::write(std::string_view bytes) const {
  Written done;
  while (done.bytes < bytes.size()) {
    const Written step = write_some(bytes.substr(done.bytes));
    if (step.error == EINTR) continue;
    if (step.error != 0) return {done.bytes, step.error};
    done.bytes += step.bytes;
  }
  return done;
}

Sink::Written Sink::write_some(std::string_view bytes) const {
  ssize_t count = -1;
  switch (way_) {
    case Way::direct: count = ::write(fd(), bytes.data(), bytes.size()); break;
    case Way::socket: count = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL); break;
    case Way::polled: return write_if_ready(fd(), bytes);
    case Way::lost: return {0, lost_error_};
  }
  return count >= 0 ? Written{static_cast<std::size_t>(count), 0} : Written{0, errno};
}

bool same_target(int a, int b) {
  struct stat first {};
  struct stat second {};
  if (::fstat(a, &first) != 0 || ::fstat(b, &second) != 0) return false;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace gpulaunch
