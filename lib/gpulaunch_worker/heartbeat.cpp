#include "gpulaunch_worker/heartbeat.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace gpulaunch::worker {
namespace {

// A process in between may have closed the descriptor and kept the variable; the number is somebody else's then. Ours
// is the writing end of a pipe that does not block.
bool takes_beats(int fd) noexcept {
  struct stat what {};
  if (::fstat(fd, &what) != 0 || !S_ISFIFO(what.st_mode)) return false;
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && (flags & O_NONBLOCK) != 0;
}

int find_descriptor() noexcept {
  const char* text = std::getenv("GPULAUNCH_HEARTBEAT_FD");
  if (text == nullptr || *text == '\0') return -1;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  const bool usable = *end == '\0' && number > 2 && number < 1'000'000;
  return usable && takes_beats(static_cast<int>(number)) ? static_cast<int>(number) : -1;
}

}  // namespace

void beat() noexcept {
  static const int fd = find_descriptor();
  if (fd < 0) return;
  const int errno_before = errno;
  const auto written = ::write(fd, "", 1);
  static_cast<void>(written);  // no room: beats enough are waiting
  errno = errno_before;
}

}  // namespace gpulaunch::worker
