// Defaults from the environment: torchrun's PET_* variables, in both modes, and two more of torchrun's when the program
// was called by that name. There are no GPULAUNCH_<OPTION> defaults: workers carry GPULAUNCH_*, and a launcher started
// inside a job would inherit them.
#pragma once

#include "gpulaunch/options/catalog.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// Variables that are set and not empty; the source of each is its name.
[[nodiscard]] std::vector<Occurrence> variable_defaults(
    const Catalog& catalog, Mode mode, const std::function<std::optional<std::string>(std::string_view)>& variable);

}  // namespace gpulaunch
