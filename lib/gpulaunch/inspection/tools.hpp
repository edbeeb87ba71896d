// Other people's programs, run by the inspecting child: some at a time, each with a limit, their output kept. They are
// in the child's group, die with it (PR_SET_PDEATHSIG), and get /dev/null to read from.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct ToolCall {
  std::vector<std::string> words;  // the program's path and its arguments
};

struct ToolResult {
  bool in_time = true;  // false: it was killed at its limit, or never got its turn
  int exit_code = -1;   // -1: it ended by a signal
  std::string text{};   // both outputs as they came, 1 MiB at most

  [[nodiscard]] bool succeeded() const { return in_time && exit_code == 0; }
};

struct ToolLimits {
  std::size_t at_once = 4;
  Nanos each = std::chrono::seconds(3);
  Mono deadline{};  // of all of them
};

// What is told of each call by its place in the list.
struct ToolWatcher {
  std::function<void(std::size_t)> starts = [](std::size_t) {};
  std::function<void(std::size_t, const ToolResult&)> ended = [](std::size_t, const ToolResult&) {};
};

// Comes back when all have ended; every call is told to `ended` once.
void run_tools(const std::vector<ToolCall>& calls, const ToolLimits& limits, const ToolWatcher& watcher);

// The path of a program in PATH, else in one of the folders.
[[nodiscard]] std::optional<std::string> find_tool(std::string_view name, const std::vector<std::string>& folders = {});

// Whether a tool says that it may not look at another process.
[[nodiscard]] bool lacks_permission(std::string_view tool_text);
// "py-spy may not trace the ranks: …", with what allows it.
[[nodiscard]] std::string permission_note(std::string_view tool);

}  // namespace gpulaunch
