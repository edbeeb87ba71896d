#include "gpulaunch/process/task_count.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

std::optional<int> number_at_start(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && number > 0 ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<TaskCount> parse_task_count(std::string_view line) {
  const auto slash = line.find('/');
  const auto blank = line.find(' ', slash);
  if (slash == std::string_view::npos || blank == std::string_view::npos) return std::nullopt;
  const auto tasks = number_at_start(line.substr(slash + 1));
  const auto last_pid = number_at_start(line.substr(blank + 1));
  if (!tasks || !last_pid) return std::nullopt;
  return TaskCount{*tasks, *last_pid};
}

TaskCounter::TaskCounter() : file_(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)) {}

std::optional<TaskCount> TaskCounter::read() const {
  std::array<char, 128> line;
  const auto size = ::pread(file_.get(), line.data(), line.size(), 0);
  return size > 0 ? parse_task_count({line.data(), static_cast<std::size_t>(size)}) : std::nullopt;
}

}  // namespace gpulaunch
