// Decides who is who in what the reader of logs has found, and makes the case file: places become ranks where a number
// or the lines say so, else they get names; ends find their ranks; what nobody can be named for is nobody's. Called by
// the reader alone.
#pragma once

#include "gpulaunch/diagnosis/logs/log_findings.hpp"
#include "gpulaunch/diagnosis/logs/log_reader.hpp"

namespace gpulaunch {

[[nodiscard]] ReadLogs make_case(LogFindings found);

}  // namespace gpulaunch
