// How it was first seen that a rank ends. Reports name it, because it decides how soon the others are told.
#pragma once

namespace gpulaunch {

enum class DetectedBy {
  pidfd,         // its pidfd: only when all of its memory has been given back
  sigchld,       // the same without pidfds (before Linux 5.3)
  thread_pidfd,  // a helper thread of its, which ends before the memory is given back
  statm,         // its memory map is gone
  core_dumping,  // it writes a core file
};

}  // namespace gpulaunch
