// Gathers what the command line is parsed from: the words, the name we were called by, PET_* variables, files.
#pragma once

#include "gpulaunch/options/command_line.hpp"

namespace gpulaunch {

[[nodiscard]] CommandLineInput command_line_input(int argc, char** argv);

}  // namespace gpulaunch
