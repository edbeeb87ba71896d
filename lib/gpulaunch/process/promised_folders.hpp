// What the core made for the job and promised to remove: folders, and the cgroup in which its attempt lives. Another
// guardian keeps the promise when it cannot.
#pragma once

#include "gpulaunch/base/reserved_fds.hpp"
#include "gpulaunch/process/guard_link.hpp"

#include <array>
#include <string_view>

namespace gpulaunch {

class PromisedFolders {
 public:
  // Beyond a handful, and beyond the longest text, they are forgotten: a guardian does not grow.
  void add(std::string_view path) noexcept;
  // The last one named; empty where there is none.
  void set_cgroup(std::string_view path) noexcept;
  [[nodiscard]] const char* cgroup() const noexcept { return cgroup_.data(); }
  // With the files in them. One that is gone already is fine.
  void remove();

 private:
  static constexpr std::size_t most = 8;
  using Path = std::array<char, GuardLink::longest_text + 1>;
  static void copy(std::string_view path, Path& kept) noexcept;

  std::array<Path, most> paths_{};
  Path cgroup_{};
  ReservedFds for_removal_;
  std::size_t count_ = 0;
};

}  // namespace gpulaunch
