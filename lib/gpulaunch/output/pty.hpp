// A pseudo-terminal for one rank (--pty): the rank's end is its controlling terminal and all three of its descriptors,
// so that progress bars draw; ours is read like a pipe. Output is raw (no "\n" to "\r\n").
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

namespace gpulaunch {

struct Pty {
  Fd master;  // ours; non-blocking; read() fails with EIO once the last process of the rank has closed its end
  Fd worker;  // the rank's
};

// The window size is taken from `like` where that is a terminal (-1: 80 x 24).
[[nodiscard]] Result<Pty> open_pty(int like);
void copy_window_size(int from, int to);

}  // namespace gpulaunch
