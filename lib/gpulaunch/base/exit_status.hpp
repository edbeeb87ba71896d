// The exit statuses that users and scripts rely on, beside the codes of the ranks themselves (n, and 128 + signal), and
// how the launcher itself ends.
#pragma once

#include <optional>

namespace gpulaunch {

namespace exit_status {

inline constexpr int success = 0;
inline constexpr int usage = 2;
inline constexpr int do_not_requeue = 93;    // restarts without progress
inline constexpr int timed_out = 124;        // --timeout, --hang-timeout
inline constexpr int launcher_failed = 125;  // a spawn failed, a guardian was lost, something could not be killed
inline constexpr int not_executable = 126;
inline constexpr int not_found = 127;
inline constexpr int signal_base = 128;

}  // namespace exit_status

// By returning `code`, or by dying of `raise_signal` (code is then 128 + signal).
struct ExitVerdict {
  int code = 0;
  std::optional<int> raise_signal;
  friend bool operator==(const ExitVerdict&, const ExitVerdict&) = default;
};

}  // namespace gpulaunch
