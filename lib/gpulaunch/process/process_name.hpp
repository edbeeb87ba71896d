// What ps and pkill see of a process that is a copy of us: its own name and its own arguments, so that `pkill
// gpulaunch` or `pkill -f train.py` cannot hit all guardians of a job at once.
#pragma once

#include <cstddef>
#include <string_view>

namespace gpulaunch {

// The words that main() was given, where /proc/PID/cmdline is read from.
struct ArgumentArea {
  char* begin = nullptr;
  std::size_t size = 0;

  [[nodiscard]] static ArgumentArea of(int argc, char** argv);
};

// Overwrites the area with `name`, shortened to what fits; nobody may read argv afterwards. The short name (comm) keeps
// 15 bytes.
void name_process(ArgumentArea area, std::string_view name) noexcept;

}  // namespace gpulaunch
