// --isolate pid: the core and the ranks live in a pid namespace of their own, whose first process is the core. When
// that dies, the kernel kills everybody in there, whatever they have become. Inside, process numbers are others than
// outside, and without root set-user-ID programs do not work.
#pragma once

#include "gpulaunch/base/error.hpp"

namespace gpulaunch {

// For the anchor, before it forks the core: its next child is the first of a new namespace. Root needs nothing else;
// others get a user namespace in which they are who they were. Errors: the kernel or a container refuses.
[[nodiscard]] Result<void> begin_pid_namespace();

// For the core, as the first process of its namespace: a /proc that shows it. Errors: as above.
[[nodiscard]] Result<void> mount_own_proc();

}  // namespace gpulaunch
