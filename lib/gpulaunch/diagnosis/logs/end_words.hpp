// Small words of launchers, read as values: numbers, outcomes, sets of ranks. Used by the readers of ends alone.
#pragma once

#include "gpulaunch/base/outcome.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace gpulaunch {

// 0 where the digits are none or too many.
[[nodiscard]] int whole_number(std::string_view digits);
[[nodiscard]] std::optional<int> maybe_number(std::string_view digits);

// The number of "Segmentation fault", "Killed": as a shell and srun name signals (strsignal(3)).
[[nodiscard]] std::optional<int> signal_called(std::string_view name);

// "Exited with exit code 1", "Segmentation fault (core dumped)"
[[nodiscard]] std::optional<Outcome> srun_outcome(std::string_view text);
// A negative code is a signal's number, as Python has it; 128 + s stays what it is: a code.
[[nodiscard]] Outcome python_outcome(int code);
// "exited with code 7", "was killed by SIGSEGV (signal 11, core dumped)"
[[nodiscard]] std::optional<Outcome> described_outcome(std::string_view text);

}  // namespace gpulaunch
