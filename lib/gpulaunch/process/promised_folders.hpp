// Folders that the core made for the job and promised to remove. Another guardian keeps the promise when it cannot.
#pragma once

#include "gpulaunch/process/guard_link.hpp"

#include <array>
#include <string_view>

namespace gpulaunch {

class PromisedFolders {
 public:
  // Beyond a handful, and beyond the longest text, they are forgotten: a guardian does not grow.
  void add(std::string_view path) noexcept;
  // With the files in them. One that is gone already is fine.
  void remove() const;

 private:
  static constexpr std::size_t most = 4;
  using Path = std::array<char, GuardLink::longest_text + 1>;
  std::array<Path, most> paths_{};
  std::size_t count_ = 0;
};

}  // namespace gpulaunch
