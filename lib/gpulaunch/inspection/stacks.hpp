// Call stacks out of what py-spy, gdb and eu-stack print, as lines that a report can show: innermost call first,
// "train.py:31 in step" for Python, "pause (libc.so.6)" or "main (train.cu:12)" for native code. What is no frame is
// passed over; a text without any gives an empty stack. Pure.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

inline constexpr std::size_t deepest_stack = 24;

// Of the main thread; where no thread is called so, of the one that holds the interpreter's lock, else of the first.
[[nodiscard]] std::vector<std::string> parse_py_spy(std::string_view text);

// Of the first thread in the text.
[[nodiscard]] std::vector<std::string> parse_gdb(std::string_view text);
[[nodiscard]] std::vector<std::string> parse_eu_stack(std::string_view text);

// In the same state, in the same wait, and in the same innermost Python call.
[[nodiscard]] bool same_kind(const RankFindings& a, const RankFindings& b);

// Places of the ranks whose native stacks are worth their time: one of each kind (state, where it waits, innermost
// Python call), rare kinds first. None that is stopped, ended, traced by somebody else or deaf to signals: a debugger
// would hang there, or change the state.
[[nodiscard]] std::vector<std::size_t> pick_for_native_stacks(const std::vector<RankFindings>& ranks, std::size_t most);

}  // namespace gpulaunch
