// Finds what is to be exec'd, before anything is started, the way execvp(3) would, but saying where it looked.
#pragma once

#include "gpulaunch/base/error.hpp"

#include <string>
#include <string_view>

namespace gpulaunch {

struct ProgramLookup {
  std::string name;         // argv[0]
  std::string search_path;  // the rank's PATH
  std::string directory;    // the rank's working directory: relative names count from here
};

// Errors: not_found ("program not found: trian (searched /usr/bin:/bin)"), not_executable (no x bit, a directory).
[[nodiscard]] Result<std::string> find_program(const ProgramLookup& lookup);
// Errors: usage, naming --chdir, where the ranks' working directory cannot be entered.
[[nodiscard]] Result<void> check_directory(const std::string& directory);
// Errors: not_found, not_executable (a directory, unreadable) for a script that an interpreter is to run.
[[nodiscard]] Result<void> check_script(std::string_view script, std::string_view directory);

}  // namespace gpulaunch
