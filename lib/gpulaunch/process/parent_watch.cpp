#include "gpulaunch/process/parent_watch.hpp"

#include "gpulaunch/process/pidfd.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace gpulaunch {

// The number is read again after it is held: until we are somebody else's child it cannot be given away.
std::optional<Fd> watch_parent(pid_t parent) noexcept {
  Fd held = parent > 0 ? open_pidfd(parent) : Fd();
  if (!held) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) return std::nullopt;
  return held;
}

}  // namespace gpulaunch
