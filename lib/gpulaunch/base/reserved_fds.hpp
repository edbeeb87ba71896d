// Descriptors that are held back for work at the very end, such as the removal of a folder, which must succeed when the
// process or the machine has no more of them. Each is an open file of its own, so that both limits make room.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <array>
#include <cstddef>

namespace gpulaunch {

class ReservedFds {
 public:
  // As many as there are to be had.
  ReservedFds() noexcept;
  void release() noexcept;

 private:
  static constexpr std::size_t most = 4;  // a folder and those in it take one each, as deep as they go
  std::array<Fd, most> fds_;
};

}  // namespace gpulaunch
