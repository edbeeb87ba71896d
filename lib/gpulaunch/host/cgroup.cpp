#include "gpulaunch/host/cpus.hpp"
#include "gpulaunch/host/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace gpulaunch {
namespace {

std::optional<double> number_at(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

// "200000 100000", or "max 100000" for no limit.
std::optional<double> quota_v2(const std::string& folder) {
  const auto text = read_small_file(folder + "/cpu.max");
  if (!text) return std::nullopt;
  std::string_view rest(*text);
  const auto quota = number_at(rest);
  const auto period = number_at(rest);
  return quota && period && *period > 0 ? std::optional(*quota / *period) : std::nullopt;
}

// A quota of -1 is no limit.
std::optional<double> quota_v1(const std::string& folder) {
  const auto quota_text = read_small_file(folder + "/cpu.cfs_quota_us");
  if (!quota_text || quota_text->starts_with('-')) return std::nullopt;
  const auto period_text = read_small_file(folder + "/cpu.cfs_period_us");
  if (!period_text) return std::nullopt;
  std::string_view quota_rest(*quota_text);
  std::string_view period_rest(*period_text);
  const auto quota = number_at(quota_rest);
  const auto period = number_at(period_rest);
  return quota && period && *period > 0 ? std::optional(*quota / *period) : std::nullopt;
}

std::optional<double> tighter(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// From our own group up to the root of the mount. Groups that cannot be seen from inside a container are passed over.
template <class ReadQuota>
std::optional<double> tightest_upwards(const std::string& mount, std::string_view path, ReadQuota read_quota) {
  std::optional<double> tightest = read_quota(mount);
  while (path.size() > 1 && path.starts_with('/')) {
    tightest = tighter(tightest, read_quota(fmt::format("{}{}", mount, path)));
    path = path.substr(0, path.rfind('/'));
  }
  return tightest;
}

// The part of "4:cpu,cpuacct:/a/b" between the colons.
bool controls_cpu(std::string_view controllers) {
  return controllers == "cpu" || controllers.starts_with("cpu,") || controllers.ends_with(",cpu") ||
         controllers.find(",cpu,") != std::string_view::npos;
}

std::optional<double> limit_of_line(std::string_view line, const std::string& mounts) {
  const auto first = line.find(':');
  const auto second = line.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto controllers = line.substr(first + 1, second - first - 1);
  const auto path = line.substr(second + 1);
  if (controllers.empty()) return tightest_upwards(mounts, path, quota_v2);
  if (!controls_cpu(controllers)) return std::nullopt;
  return tightest_upwards(fmt::format("{}/{}", mounts, controllers), path, quota_v1);
}

}  // namespace

std::optional<double> cgroup_cpu_limit(const std::string& root) {
  const auto groups = read_small_file(root + "/proc/self/cgroup");
  if (!groups) return std::nullopt;
  std::optional<double> tightest;
  std::string_view rest(*groups);
  while (const auto line = take_line(rest)) {
    tightest = tighter(tightest, limit_of_line(*line, root + "/sys/fs/cgroup"));
  }
  return tightest;
}

}  // namespace gpulaunch
