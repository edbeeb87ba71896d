// Wires the job's output and the consumers of its events: console, files, failure block, JSON lines, JUnit,
// annotations.
#pragma once

#include "gpulaunch/output/router.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/report/reporters.hpp"

#include <memory>

namespace gpulaunch {

[[nodiscard]] Result<std::unique_ptr<OutputRouter>> open_router(const Job& job, const Plan& plan,
                                                                const Environment& environment);
[[nodiscard]] Result<std::unique_ptr<Reporters>> make_reporters(const Job& job, const Plan& plan,
                                                                const Environment& environment, OutputRouter& router);

}  // namespace gpulaunch
