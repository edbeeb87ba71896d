// Which ranks the others wait for, where the data shows it: one that is stopped, one that NCCL misses or counts fewer
// operations of, one whose stack is elsewhere while the others are inside a collective operation, one that sleeps while
// the others spin. Where all ranks wait alike nobody is named: then it is the network or the GPUs, or what was called.
// Pure.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

namespace gpulaunch {

// Sets findings.laggards and what shows them; all of it stays empty where nobody can be named. Where stacks show that
// all ranks wait, all_wait_in says where.
void name_laggards(Findings& findings);

}  // namespace gpulaunch
