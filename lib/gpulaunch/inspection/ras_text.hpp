// What NCCL's RAS service says of a job (NCCL 2.24 and later), cut down to what matters in a hang: errors and warnings,
// and the processes that they name. RAS counts ranks anew in each communicator, so that processes are what ranks of the
// job are found by. Pure.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The lines of the sections "Errors" and "Warnings", 40 at most; none when RAS sees nothing wrong.
[[nodiscard]] std::vector<std::string> ras_lines(std::string_view status);

struct RasSuspects {
  std::vector<pid_t> missing;  // no answer from them, or considered dead
  std::vector<pid_t> behind;   // fewer operations launched than others of the same communicator
};

// From the lines above. A majority that is behind one rank is not named by RAS, and not here.
[[nodiscard]] RasSuspects ras_suspects(const std::vector<std::string>& lines);

}  // namespace gpulaunch
