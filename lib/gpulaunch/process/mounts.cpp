#include "gpulaunch/process/mounts.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

// Spaces and the like stand as \040 in mountinfo (proc(5)).
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 3 < text.size()) {
      plain += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

// "38 31 0:41 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw"
std::optional<Mount> parse_mount(std::string_view line) {
  constexpr std::string_view separator = " - ";
  const auto middle = line.find(separator);
  if (middle == std::string_view::npos) return std::nullopt;
  auto file_system = line.substr(middle + separator.size());
  for (int field = 0; field < 3; ++field) (void)take_until(line, ' ');
  Mount mount;
  mount.root = unescaped(take_until(line, ' '));
  mount.point = unescaped(take_until(line, ' '));
  mount.type = take_until(file_system, ' ');
  (void)take_until(file_system, ' ');
  mount.options = take_until(file_system, ' ');
  return mount.point.starts_with('/') ? std::optional(std::move(mount)) : std::nullopt;
}

}  // namespace

bool Mount::has_option(std::string_view option) const {
  std::string_view rest = options;
  while (!rest.empty()) {
    if (take_until(rest, ',') == option) return true;
  }
  return false;
}

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    if (auto mount = parse_mount(take_until(mountinfo, '\n'))) mounts.push_back(std::move(*mount));
  }
  return mounts;
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* deepest = nullptr;
  for (const auto& mount : mounts) {
    if (!path_below(path, mount.point)) continue;
    if (deepest == nullptr || mount.point.size() >= deepest->point.size()) deepest = &mount;
  }
  return deepest;
}

std::optional<std::string_view> path_below(std::string_view path, std::string_view root) {
  if (root == "/") return path;
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  return path.empty() || path.front() == '/' ? std::optional(path) : std::nullopt;
}

std::string_view take_until(std::string_view& rest, char separator) {
  const auto piece = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
  return piece;
}

}  // namespace gpulaunch
