#include "gpulaunch/inspection/stack_tools.hpp"

#include "gpulaunch/base/rank_set.hpp"
#include "gpulaunch/inspection/stacks.hpp"
#include "gpulaunch/inspection/tools.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace gpulaunch {
namespace {

constexpr std::size_t most_native_stacks = 4;

using Places = std::vector<std::size_t>;

// One tool, as it is to be called for one rank, and what becomes of what it prints.
struct StackTool {
  std::string name;
  bool stops_rank = true;
  std::function<ToolCall(pid_t)> call;
  std::function<bool(std::size_t, const std::string&)> take;  // false: there was no stack in it
};

struct Failures {
  Places late;
  Places other;
  bool denied = false;
};

// Runs the tool on the ranks at these places.
Failures run_on(const StackTool& tool, const Places& places, const StackOrders& orders) {
  std::vector<ToolCall> calls;
  for (const auto place : places) calls.push_back(tool.call((*orders.ranks)[place].pid));
  Failures failures;
  ToolWatcher watcher;
  watcher.starts = [&](std::size_t call) {
    if (tool.stops_rank) orders.writer->tool_on((*orders.ranks)[places[call]].pid);
  };
  watcher.ended = [&](std::size_t call, const ToolResult& result) {
    if (tool.stops_rank && result.exit_code >= 0) orders.writer->tool_off((*orders.ranks)[places[call]].pid);
    if (tool.take(places[call], result.text)) return;
    failures.denied |= lacks_permission(result.text);
    (result.in_time ? failures.other : failures.late).push_back(places[call]);
  };
  run_tools(calls, {.at_once = orders.at_once, .each = orders.each, .deadline = orders.deadline}, watcher);
  return failures;
}

std::string names_of(const Places& places, const StackOrders& orders) {
  std::vector<int> ranks;
  for (const auto place : places) ranks.push_back((*orders.ranks)[place].rank);
  return name_ranks(ranks);
}

void note_failures(const std::string& tool, const Failures& failures, const StackOrders& orders) {
  if (failures.denied) return orders.writer->note(permission_note(tool));
  if (!failures.late.empty())
    orders.writer->note(fmt::format("{} was not through in time with {}", tool, names_of(failures.late, orders)));
  if (!failures.other.empty())
    orders.writer->note(fmt::format("{} found no stack of {}", tool, names_of(failures.other, orders)));
}

bool lives(const RankFindings& rank) { return rank.state != '?' && rank.state != 'Z' && rank.state != 'X'; }

bool may_be_stopped(const RankFindings& rank) { return rank.state == 'R' || rank.state == 'S'; }

bool runs_python(const InspectedRank& rank) {
  if (!rank.python.empty()) return true;
  std::error_code error;
  const auto program = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", rank.pid), error);
  return program.filename().string().starts_with("python");
}

std::vector<std::string> interpreter_folders(const std::vector<InspectedRank>& ranks) {
  std::vector<std::string> folders;
  for (const auto& rank : ranks) {
    auto folder = std::filesystem::path(rank.python).parent_path().string();
    if (!folder.empty() && std::ranges::find(folders, folder) == folders.end()) folders.push_back(std::move(folder));
  }
  return folders;
}

StackTool py_spy(const std::string& path, bool stops_rank, const StackOrders& orders) {
  StackTool tool{.name = "py-spy", .stops_rank = stops_rank, .call = {}, .take = {}};
  tool.call = [path, stops_rank](pid_t pid) {
    ToolCall call{{path, "dump", "--pid", std::to_string(pid)}};
    if (!stops_rank) call.words.emplace_back("--nonblocking");
    return call;
  };
  tool.take = [&orders](std::size_t place, const std::string& text) {
    auto& rank = (*orders.findings)[place];
    rank.python_stack = parse_py_spy(text);
    if (!rank.python_stack.empty()) orders.writer->python_stack(rank.rank, rank.python_stack);
    return !rank.python_stack.empty();
  };
  return tool;
}

// A second try, on ranks that can be stopped, where reading along did not do.
Failures run_py_spy(const std::string& path, const Places& places, const StackOrders& orders) {
  auto failures = run_on(py_spy(path, false, orders), places, orders);
  if (failures.denied) return failures;
  Places again;
  Places never;
  for (const auto place : failures.other) (may_be_stopped((*orders.findings)[place]) ? again : never).push_back(place);
  auto later = run_on(py_spy(path, true, orders), again, orders);
  later.late.insert(later.late.end(), failures.late.begin(), failures.late.end());
  later.other.insert(later.other.end(), never.begin(), never.end());
  return later;
}

// gdb runs nothing that lies beside libraries or at home (auto-load, -nx).
ToolCall gdb_call(const std::string& path, pid_t pid) {
  return {{path, "-p", std::to_string(pid), "-batch", "-nx", "-iex", "set auto-load no", "-ex", "set confirm off",
           "-ex", "set pagination off", "-ex", "thread apply 1 bt 16"}};
}

ToolCall eu_stack_call(const std::string& path, pid_t pid) {
  return {{path, "-1", "-n", "16", "-p", std::to_string(pid)}};
}

std::optional<StackTool> native_tool(const StackOrders& orders) {
  using Parser = std::vector<std::string> (*)(std::string_view);
  using Caller = ToolCall (*)(const std::string&, pid_t);
  const auto tool = [&](std::string name, const std::string& path, Caller call, Parser parse) {
    const auto take = [&orders, parse](std::size_t place, const std::string& text) {
      auto& rank = (*orders.findings)[place];
      rank.native_stack = parse(text);
      if (!rank.native_stack.empty()) orders.writer->native_stack(rank.rank, rank.native_stack);
      return !rank.native_stack.empty();
    };
    return StackTool{std::move(name), true, [=](pid_t pid) { return call(path, pid); }, take};
  };
  if (const auto gdb = find_tool("gdb")) return tool("gdb", *gdb, gdb_call, parse_gdb);
  if (const auto eu_stack = find_tool("eu-stack")) return tool("eu-stack", *eu_stack, eu_stack_call, parse_eu_stack);
  return std::nullopt;
}

}  // namespace

void take_python_stacks(const StackOrders& orders) {
  Places places;
  for (std::size_t place = 0; place < orders.ranks->size(); ++place) {
    if (lives((*orders.findings)[place]) && runs_python((*orders.ranks)[place])) places.push_back(place);
  }
  if (places.empty()) return;
  const auto path = find_tool("py-spy", interpreter_folders(*orders.ranks));
  if (!path) return orders.writer->note("py-spy is not installed: no Python stacks");
  note_failures("py-spy", run_py_spy(*path, places, orders), orders);
}

void take_native_stacks(const StackOrders& orders) {
  const auto places = pick_for_native_stacks(*orders.findings, most_native_stacks);
  if (places.empty()) return;
  const auto tool = native_tool(orders);
  if (!tool) return orders.writer->note("neither gdb nor eu-stack is installed: no native stacks");
  note_failures(tool->name, run_on(*tool, places, orders), orders);
}

}  // namespace gpulaunch
