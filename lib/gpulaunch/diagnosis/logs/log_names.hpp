// Which rank a file of its own belongs to, by its path: "rank_3.log", "3/stderr.log", "attempt_0/3/stdout.log",
// "slurm-123_3.out", "log.3", "node1.rank03.txt", "train-job-worker-3.log". Pure: no file is looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct LogName {
  std::optional<int> rank;
  bool to_stdout = false;  // the file of one stream, which is standard output
};

// For the files that were given together: a number that could be anything ("log.3") is a rank only where several names
// differ in it.
[[nodiscard]] std::vector<LogName> read_log_names(const std::vector<std::string>& paths);

}  // namespace gpulaunch
