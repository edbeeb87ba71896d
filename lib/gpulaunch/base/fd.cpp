#include "gpulaunch/base/fd.hpp"

#include <unistd.h>

namespace gpulaunch {

void Fd::reset(int fd) noexcept {
  const int old = std::exchange(fd_, fd);
  // close(2): the descriptor is gone even after EINTR, so it is never closed a second time.
  if (old >= 0) ::close(old);
}

}  // namespace gpulaunch
