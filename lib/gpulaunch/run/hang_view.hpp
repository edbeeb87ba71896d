// What a look at ranks that hang says for the case file.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/inspection/inspection.hpp"

#include <optional>

namespace gpulaunch {

// Nothing where the findings show neither who is late nor that nobody is.
[[nodiscard]] std::optional<HangView> hang_view(const Findings& findings);

}  // namespace gpulaunch
