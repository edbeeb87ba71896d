// What reports say about a spawn storm: what was seen, and what to do about it.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// "rank 2 was stopped: it started 1,311 processes, more than --max-procs allows", "…: it starts itself again and again,
// 16 deep: `python3 train.py`", "…: its children fail over and over with: RuntimeError: …". For a record whose teardown
// was a storm's.
[[nodiscard]] std::string storm_headline(const JobRecord& record);
// The lines for the failure block: evidence that the headline has no room for, and the fix.
[[nodiscard]] std::vector<std::string> storm_advice(const Storm& storm);

}  // namespace gpulaunch
