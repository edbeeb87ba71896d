// The --config file: TOML whose keys are the long names of the options, with dashes or underscores. A list is given as
// an array, named entries (env, on-signal) also as a table. Nothing here runs unless the option is given.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// In the order of the file; each source is "path:line: key".
// Errors: usage, beginning with "path:line".
[[nodiscard]] Result<std::vector<Occurrence>> parse_config_file(std::string_view content, const std::string& path,
                                                                const Catalog& catalog);

}  // namespace gpulaunch
