#include "gpulaunch/process/promised_folders.hpp"

#include "gpulaunch/process/cgroup.hpp"

#include <algorithm>
#include <filesystem>

namespace gpulaunch {

void PromisedFolders::add(std::string_view path) noexcept {
  if (path.empty() || path.size() > GuardLink::longest_text) return;
  for (std::size_t i = 0; i < count_; ++i) {
    if (path == std::string_view(paths_[i].data())) return;
  }
  if (count_ == most) return;
  copy(path, paths_[count_++]);
}

void PromisedFolders::set_cgroup(std::string_view path) noexcept {
  if (path.size() <= GuardLink::longest_text) copy(path, cgroup_);
}

void PromisedFolders::copy(std::string_view path, Path& kept) noexcept {
  kept.fill('\0');
  std::copy(path.begin(), path.end(), kept.begin());
}

void PromisedFolders::remove() {
  for_removal_.release();
  for (std::size_t i = 0; i < count_; ++i) {
    std::error_code gone_or_not_ours;
    std::filesystem::remove_all(paths_[i].data(), gone_or_not_ours);
  }
  if (*cgroup() != '\0') remove_cgroup(cgroup());
}

}  // namespace gpulaunch
