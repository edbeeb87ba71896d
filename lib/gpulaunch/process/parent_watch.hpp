// --die-with-parent: the process that started the launcher is watched, and its end counts as a SIGTERM to the launcher.
// A pidfd tells of the end of the process; PR_SET_PDEATHSIG, which tells of the end of the thread that forked us,
// serves where there is none: an old kernel, a parent in another pid namespace.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>

#include <optional>

namespace gpulaunch {

// `parent`: what getppid(2) said when the program began. A pidfd that becomes readable at its end, or an empty one
// where the kernel sends the SIGTERM. Nothing: it has ended already. Whoever had ended before the program began cannot
// be told from init or the subreaper that adopted us, which is watched then.
[[nodiscard]] std::optional<Fd> watch_parent(pid_t parent) noexcept;

}  // namespace gpulaunch
