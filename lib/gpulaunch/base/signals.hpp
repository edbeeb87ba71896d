// Signals by name and number, without <signal.h>, for the pure folders. Numbers are Linux's for x86, Arm, RISC-V and
// POWER (signal(7)); signals.cpp asserts them against the system's header.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

namespace signo {
inline constexpr int hup = 1;
inline constexpr int intr = 2;
inline constexpr int quit = 3;
inline constexpr int abrt = 6;
inline constexpr int kill = 9;
inline constexpr int usr1 = 10;
inline constexpr int usr2 = 12;
inline constexpr int pipe = 13;
inline constexpr int term = 15;
inline constexpr int cont = 18;
inline constexpr int stop = 19;
inline constexpr int tstp = 20;
inline constexpr int winch = 28;
inline constexpr int max = 64;
}  // namespace signo

// "SIGTERM", "SIGRTMIN+3"; "signal 77" where the number has no name.
[[nodiscard]] std::string signal_name(int signo);

// Accepts "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3"; empty where it is none of them.
[[nodiscard]] std::optional<int> parse_signal(std::string_view text);

}  // namespace gpulaunch
