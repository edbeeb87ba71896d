#include "gpulaunch/process/end_everyone.hpp"

#include "gpulaunch/process/family.hpp"

#include <signal.h>

#include <algorithm>
#include <time.h>

namespace gpulaunch {
namespace {

using namespace std::chrono_literals;

constexpr Nanos first_pause = 100us;
constexpr Nanos longest_pause = 5ms;

// True when nobody is left. A zombie that a tracer holds is shown by no call but the one that would block for it.
bool reap_all() noexcept {
  auto next = peek_exit();
  for (; next.exit; next = peek_exit()) reap(next.exit->pid);
  return next.none_left;
}

// Whoever ends wakes us at once: SIGCHLD is blocked, and taken here.
void wait_for_child(Nanos longest) noexcept {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  const timespec limit{.tv_sec = 0, .tv_nsec = static_cast<long>(longest.count())};
  ::sigtimedwait(&child, nullptr, &limit);
}

}  // namespace

bool end_everyone(KillDesk& desk, std::optional<Mono> deadline) noexcept {
  for (Nanos pause = first_pause; !reap_all(); pause = std::min(pause * 2, longest_pause)) {
    if (deadline && mono_now() >= *deadline) return false;
    desk.kill_descendants();
    wait_for_child(pause);
  }
  return true;
}

}  // namespace gpulaunch
