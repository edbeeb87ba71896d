// The tables of all options, one for each part of the command line, in the order in which help shows them.
#pragma once

#include "gpulaunch/options/option_definition.hpp"

#include <span>

namespace gpulaunch::definitions {

using Table = std::span<const OptionDefinition>;

[[nodiscard]] Table general();
[[nodiscard]] Table job();
[[nodiscard]] Table environment();
[[nodiscard]] Table output();
[[nodiscard]] Table failure();
[[nodiscard]] Table report();
[[nodiscard]] Table torchrun();

}  // namespace gpulaunch::definitions
