// Whether a rank's last output shows one and the same error again and again: the last line of Python tracebacks that
// ended a process. Tracebacks that a program caught and printed, or that Python ignored ("Exception ignored in: …"),
// are left out, for the program goes on. Several processes may write at once, so that their lines are mixed.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// "RuntimeError: An attempt has been made to start …": the error that at least `times` tracebacks end with, numbers
// aside, with what follows on indented lines. The most frequent one.
[[nodiscard]] std::optional<std::string> repeated_error(const std::vector<std::string>& lines, int times);

}  // namespace gpulaunch
