// Ranks that only wait for the process that does their work: a script's shell, numactl, a profiler. Looking at them
// shows a wait for a child; the one to look at is that child. Under Yama's ptrace_scope 1 nobody but root may take its
// stacks: a rank allows that for itself, and its children do not inherit it.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <vector>

namespace gpulaunch {

// The process that does the work of this one: its only child, and that one's, for as long as each is a program that
// runs others. The process itself where it is none of them, or has no child or several.
[[nodiscard]] pid_t worker_of(pid_t process);

// The ranks with the numbers of their workers; `leader` keeps the rank's own.
[[nodiscard]] std::vector<InspectedRank> with_workers(std::vector<InspectedRank> ranks);

}  // namespace gpulaunch
