// Gathers what the command line is parsed from: the words, the name we were called by, PET_* variables, files.
#pragma once

#include "gpulaunch/options/command_line.hpp"

#include <string>

namespace gpulaunch {

// The whole file. Errors: system.
[[nodiscard]] Result<std::string> read_file(const std::string& path);

[[nodiscard]] CommandLineInput command_line_input(int argc, char** argv);

}  // namespace gpulaunch
