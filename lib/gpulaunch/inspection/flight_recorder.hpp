// Asks torch's flight recorder, which remembers the last collective operations of a rank, to write them to a file:
// a word into the named pipe that the rank reads from (TORCH_NCCL_DEBUG_INFO_PIPE_FILE).
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// Never blocks. Returns what is to be noted: which ranks write where, and which could not be asked.
[[nodiscard]] std::vector<std::string> ask_flight_recorders(const std::vector<InspectedRank>& ranks);

}  // namespace gpulaunch
