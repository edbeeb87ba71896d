#include "gpulaunch/base/reserved_fds.hpp"

#include <fcntl.h>

namespace gpulaunch {

ReservedFds::ReservedFds() noexcept {
  for (auto& fd : fds_) fd.reset(::open("/", O_PATH | O_CLOEXEC));
}

void ReservedFds::release() noexcept {
  for (auto& fd : fds_) fd.reset();
}

}  // namespace gpulaunch
