// Completions for one shell each, made from the option definitions. All complete options up to PROGRAM, then PROGRAM as
// a command, then its arguments as that command's own.
#pragma once

#include "gpulaunch/options/catalog.hpp"

#include <string>

namespace gpulaunch {

[[nodiscard]] std::string bash_completion(const Catalog& options);
[[nodiscard]] std::string zsh_completion(const Catalog& options);
[[nodiscard]] std::string fish_completion(const Catalog& options);
[[nodiscard]] std::string tcsh_completion(const Catalog& options);

}  // namespace gpulaunch
