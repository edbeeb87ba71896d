// Opens the logs that `gpulaunch explain` was given and feeds them to the reader in pieces: files twice (the survey
// first), streams from a buffered beginning. Folders are searched for logs; of torchrun's attempts the last counts.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/diagnosis/logs/log_reader.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// `paths`: files, folders, "-". Errors: usage, naming the path: it cannot be read, is compressed, holds no logs.
[[nodiscard]] Result<ReadLogs> read_logs(const std::vector<std::string>& paths);

}  // namespace gpulaunch
