// The child process of an inspection: what it does from the fork to its end. It lives and dies with the supervisor
// (PR_SET_PDEATHSIG), leads a session and a group of its own in which all its tools are, and holds nothing of the
// supervisor's but the pipe.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

namespace gpulaunch {

// Called right after the fork, with `parent` the supervisor's number. `pipe` is where findings go (finding_lines.hpp).
[[noreturn]] void run_inspector(const InspectionSpec& spec, int pipe, pid_t parent) noexcept;

}  // namespace gpulaunch
