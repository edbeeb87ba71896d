// The block that a failed job leaves on standard error: at most ~25 lines, root cause first, and one line for
// everything that followed from it. Made of sections, each of which adds its lines or none:
//   gpulaunch: rank 2 exited with code 7                     what happened
//     host node01, pid 4242, device 2                        where
//     at 2026-11-22T12:06:00.420Z, after 12.3s               when
//     error: ValueError: bad loss                            what the rank said: error file, or its last lines
//     | …
//     stopped by gpulaunch: ranks 0-1, 3-7 (SIGTERM)         the other ranks
//     logs: /logs/job/attempt_0/2/stderr.log                 where there is more
//   gpulaunch: exit code 7 (rank 2's)
// What a diagnosis knows (cause, evidence, fix) is a section of its own between what the rank said and the others.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

struct FailureBlockOptions {
  std::optional<Nanos> timeout{};  // --timeout
  int max_restarts = 0;
  std::string log_file{};  // --log; empty: none
};

// For a record whose job has failed or was stopped. A job that was told to stop gets one line.
[[nodiscard]] std::vector<std::string> failure_block(const JobRecord& record, const FailureBlockOptions& options);

// The block of a hang in its two parts: what is known before anything is done to the ranks, and what became of them.
[[nodiscard]] std::vector<std::string> hang_block_head(const JobRecord& record);
[[nodiscard]] std::vector<std::string> hang_block_tail(const JobRecord& record, const FailureBlockOptions& options);

}  // namespace gpulaunch
