#include "gpulaunch/process/standard_fds.hpp"

#include <fcntl.h>

namespace gpulaunch {

void fill_standard_fds() {
  for (int fd = 0; fd <= 2; ++fd) {
    // open(2) gives the lowest free number: this one, since those below it are open. Meant to be inherited.
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY));
  }
}

}  // namespace gpulaunch
