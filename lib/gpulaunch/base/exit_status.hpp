// The exit statuses that users and scripts rely on, beside the codes of the ranks themselves (n, and 128 + signal).
#pragma once

namespace gpulaunch::exit_status {

inline constexpr int success = 0;
inline constexpr int usage = 2;
inline constexpr int do_not_requeue = 93;    // restarts without progress
inline constexpr int timed_out = 124;        // --timeout, --hang-timeout
inline constexpr int launcher_failed = 125;  // a spawn failed, a port was taken, something could not be killed
inline constexpr int not_executable = 126;
inline constexpr int not_found = 127;
inline constexpr int signal_base = 128;

}  // namespace gpulaunch::exit_status
