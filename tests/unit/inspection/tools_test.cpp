#include "gpulaunch/inspection/tools.hpp"

#include "catch.hpp"
#include "gpulaunch/base/fd.hpp"
#include "ranks.hpp"
#include "scratch.hpp"

#include <map>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

ToolCall shell(const std::string& script) { return {{"/bin/sh", "-c", script}}; }

std::map<std::size_t, ToolResult> results_of(const std::vector<ToolCall>& calls, ToolLimits limits) {
  std::map<std::size_t, ToolResult> results;
  ToolWatcher watcher;
  watcher.ended = [&](std::size_t place, const ToolResult& result) {
    CHECK(results.find(place) == results.end());
    results[place] = result;
  };
  run_tools(calls, limits, watcher);
  return results;
}

ToolLimits patient() { return {.each = 30s, .deadline = mono_now() + 60s}; }

TEST_CASE("each tool's output and exit code are told, more of them than run at once") {
  std::vector<ToolCall> calls;
  for (int number = 0; number < 7; ++number)
    calls.push_back(shell("echo out" + std::to_string(number) + "; echo err >&2; exit " + std::to_string(number)));
  const auto results = results_of(calls, {.at_once = 2, .each = 30s, .deadline = mono_now() + 60s});
  REQUIRE(results.size() == 7);
  for (const auto& [place, result] : results) {
    CHECK(result.exit_code == static_cast<int>(place));
    CHECK(result.in_time);
    CHECK(result.text == "out" + std::to_string(place) + "\nerr\n");
  }
}

TEST_CASE("a tool that sleeps for ever is ended at its limit, and what it wrote is kept") {
  const auto before = children();
  const auto results =
      results_of({shell("echo before; exec sleep 1000")}, {.each = 300ms, .deadline = mono_now() + 60s});
  CHECK_FALSE(results.at(0).in_time);
  CHECK_FALSE(results.at(0).succeeded());
  CHECK(results.at(0).text == "before\n");
  CHECK(children() == before);
}

TEST_CASE("a tool whose turn comes after the deadline is not started") {
  const auto results = results_of({shell("exit 0")}, {.deadline = mono_now() - 1s});
  CHECK_FALSE(results.at(0).in_time);
  CHECK(results.at(0).text.empty());
}

TEST_CASE("a tool that dies by a signal has no exit code") {
  CHECK(results_of({shell("kill -KILL $$")}, patient()).at(0).exit_code == -1);
}

TEST_CASE("a tool that is not there has failed") {
  CHECK_FALSE(results_of({{{"/nonexistent/py-spy"}}}, patient()).at(0).succeeded());
}

TEST_CASE("a tool reads nothing from us") {
  CHECK(results_of({shell("exec 0</dev/null; cat; echo end")}, patient()).at(0).text == "end\n");
}

TEST_CASE("of a tool that writes without end a mebibyte is kept") {
  const auto results = results_of({shell("head -c 3000000 /dev/zero")}, patient());
  CHECK(results.at(0).succeeded());
  CHECK(results.at(0).text.size() == 1 << 20);
}

TEST_CASE("tools leave no descriptor behind") {
  const auto before = open_descriptors();
  static_cast<void>(results_of({shell("exit 0"), shell("exit 1")}, patient()));
  CHECK(open_descriptors() == before);
}

TEST_CASE("a tool is looked for in PATH first, then in the folders") {
  const harness::ScratchDir first;
  const harness::ScratchDir second;
  const SearchPath path(first.path().string());
  CHECK_FALSE(find_tool("py-spy"));
  CHECK_FALSE(find_tool("py-spy", {second.path().string(), ""}));
  harness::write_program(second.file("py-spy"), "#!/bin/sh\n");
  CHECK(find_tool("py-spy", {second.path().string()}) == second.file("py-spy"));
  harness::write_program(first.file("py-spy"), "#!/bin/sh\n");
  CHECK(find_tool("py-spy", {second.path().string()}) == first.file("py-spy"));
}

TEST_CASE("tools that may not trace say so in their own words") {
  CHECK(lacks_permission("ptrace: Operation not permitted."));
  CHECK(lacks_permission("Permission Denied: Try running again with elevated permissions"));
  CHECK(lacks_permission("Error: Operation not permitted (os error 1)"));
  CHECK_FALSE(lacks_permission("Error: Failed to find a python interpreter in the process"));
}

TEST_CASE("the note about missing permission is one line and names what helps") {
  const auto note = permission_note("gdb");
  CHECK(note.find('\n') == std::string::npos);
  CHECK_THAT(note, Catch::Contains("gdb") && Catch::Contains("ptrace_scope") && Catch::Contains("SYS_PTRACE"));
}

}  // namespace
}  // namespace gpulaunch::testing
