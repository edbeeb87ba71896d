// What SIGKILL has not ended: asked by the core when --unkillable-timeout is over, told to the user. Nothing here kills
// or waits.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace gpulaunch {

struct Leftover {
  enum class Why {
    held_by_tracer,    // has ended, or ends as soon as a debugger lets go; as a zombie it holds nothing any more
    uninterruptible,   // in a system call that signals do not end: a device, a network file system
    not_ours_to_kill,  // runs as another user (sudo)
    slow,              // nothing is in its way
  };
  Why why = Why::slow;
  pid_t pid = -1;
  std::string command;
  char state = '?';                  // as in ps: of the thread that is in the way
  std::string waits_in;              // the kernel's function; empty where it does not say
  pid_t tracer = 0;                  // 0: nobody's
  std::vector<std::string> devices;  // the GPUs' files that it has open

  // A zombie runs nothing and holds nothing: for the guarantee it is gone.
  [[nodiscard]] bool dead() const { return state == 'Z' || state == 'X'; }
};

// Everyone below us who is alive, and the zombies that nobody can reap because they are traced.
[[nodiscard]] std::vector<Leftover> leftovers();

// "4711 (python3) waits in the kernel (state D, nfs_wait) and cannot be interrupted; it has /dev/nvidia0 open"
[[nodiscard]] std::string describe(const Leftover& leftover);

}  // namespace gpulaunch
