#include "gpulaunch/inspection/tools.hpp"

#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/process/pidfd.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdlib.h>

namespace gpulaunch {
namespace {

constexpr std::size_t most_text = 1 << 20;

[[noreturn]] void become_tool(const ToolCall& call, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(call.words.size() + 1);
  for (const auto& word : call.words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execv(argv.front(), argv.data());
  ::_exit(127);
}

struct RunningTool {
  std::size_t place = 0;
  pid_t pid = -1;
  Fd pidfd{};  // empty on kernels before 5.3: then the end of its output is taken for its end
  Fd output{};
  Mono until{};
  ToolResult result{};
};

RunningTool start_tool(const ToolCall& call, std::size_t place, Mono until) {
  RunningTool tool{.place = place, .until = until};
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tool;
  tool.output.reset(ends[0]);
  const Fd write_end(ends[1]);
  ::fcntl(tool.output.get(), F_SETFL, O_NONBLOCK);
  const pid_t parent = ::getpid();
  tool.pid = ::fork();
  if (tool.pid == 0) become_tool(call, write_end.get(), parent);
  if (tool.pid > 0) tool.pidfd = open_pidfd(tool.pid);
  return tool;
}

// False at the end of its output.
bool drain(RunningTool& tool) {
  std::array<char, 4096> part;
  ssize_t size = 0;
  while ((size = ::read(tool.output.get(), part.data(), part.size())) > 0 || (size < 0 && errno == EINTR)) {
    const auto room = most_text - std::min(most_text, tool.result.text.size());
    if (size > 0) tool.result.text.append(part.data(), std::min(room, static_cast<std::size_t>(size)));
  }
  return size < 0;
}

void reap_tool(RunningTool& tool) {
  int status = 0;
  while (::waitpid(tool.pid, &status, 0) < 0 && errno == EINTR) continue;
  tool.result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int milliseconds_until(Mono when) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - mono_now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
}

class ToolRunner {
 public:
  ToolRunner(const std::vector<ToolCall>& calls, const ToolLimits& limits, const ToolWatcher& watcher)
      : calls_(&calls), limits_(limits), watcher_(&watcher) {}

  void run() {
    while (next_ < calls_->size() || !running_.empty()) {
      while (next_ < calls_->size() && running_.size() < limits_.at_once) start_next();
      if (running_.empty()) continue;
      wait_for_any();
      std::erase_if(running_, [this](RunningTool& tool) { return has_ended(tool); });
    }
  }

 private:
  void start_next() {
    const auto place = next_++;
    const auto now = mono_now();
    if (now >= limits_.deadline) return watcher_->ended(place, {.in_time = false});
    watcher_->starts(place);
    auto tool = start_tool((*calls_)[place], place, std::min(now + limits_.each, limits_.deadline));
    if (tool.pid < 0) return watcher_->ended(place, tool.result);
    running_.push_back(std::move(tool));
  }

  void wait_for_any() const {
    std::vector<pollfd> watched;
    auto until = limits_.deadline;
    for (const auto& tool : running_) {
      watched.push_back({tool.output.get(), POLLIN, 0});
      watched.push_back({tool.pidfd.get(), POLLIN, 0});
      until = std::min(until, tool.until);
    }
    ::poll(watched.data(), watched.size(), milliseconds_until(until));
  }

  // What a child of the tool still writes is not waited for.
  bool has_ended(RunningTool& tool) const {
    if (tool.output && !drain(tool)) tool.output.reset();
    pollfd end{tool.pidfd.get(), POLLIN, 0};
    const bool gone = tool.pidfd ? ::poll(&end, 1, 0) == 1 : !tool.output;
    tool.result.in_time = gone || mono_now() < tool.until;
    if (!gone && tool.result.in_time) return false;
    if (!gone) ::kill(tool.pid, SIGKILL);  // a child of ours that is not reaped
    reap_tool(tool);
    if (tool.output) drain(tool);
    watcher_->ended(tool.place, tool.result);
    return true;
  }

  const std::vector<ToolCall>* calls_;
  ToolLimits limits_;
  const ToolWatcher* watcher_;
  std::size_t next_ = 0;
  std::vector<RunningTool> running_;
};

std::optional<std::string> executable_in(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::nullopt;
  auto path = fmt::format("{}/{}", folder, name);
  return ::access(path.c_str(), X_OK) == 0 ? std::optional(std::move(path)) : std::nullopt;
}

}  // namespace

void run_tools(const std::vector<ToolCall>& calls, const ToolLimits& limits, const ToolWatcher& watcher) {
  ToolRunner(calls, limits, watcher).run();
}

std::optional<std::string> find_tool(std::string_view name, const std::vector<std::string>& folders) {
  const char* variable = ::getenv("PATH");
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const auto folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (auto path = executable_in(folder, name)) return path;
  }
  for (const auto& folder : folders) {
    if (auto path = executable_in(folder, name)) return path;
  }
  return std::nullopt;
}

bool lacks_permission(std::string_view tool_text) {
  constexpr std::array<std::string_view, 4> signs{"ermission denied", "ermission Denied", "Operation not permitted",
                                                  "EPERM"};
  return std::ranges::any_of(signs, [&](auto sign) { return tool_text.find(sign) != std::string_view::npos; });
}

std::string permission_note(std::string_view tool) {
  return fmt::format(
      "{} may not trace the ranks: that takes CAP_SYS_PTRACE (in a container --cap-add SYS_PTRACE), or "
      "sysctl kernel.yama.ptrace_scope at 0 (1 suffices for ranks that are started directly)",
      tool);
}

}  // namespace gpulaunch
