#include "gpulaunch/process/process_name.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gpulaunch {

ArgumentArea ArgumentArea::of(int argc, char** argv) {
  if (argc <= 0) return {};
  char* const last = argv[argc - 1];
  return {argv[0], static_cast<std::size_t>(last - argv[0]) + std::strlen(last) + 1};
}

void name_process(ArgumentArea area, std::string_view name) noexcept {
  constexpr std::size_t longest_comm = 15;
  std::array<char, longest_comm + 1> comm{};
  std::copy_n(name.begin(), std::min(name.find(' '), std::min(name.size(), longest_comm)), comm.begin());
  ::prctl(PR_SET_NAME, comm.data());
  if (area.size == 0) return;
  const auto used = std::min(name.size(), area.size - 1);
  std::copy_n(name.begin(), used, area.begin);
  std::memset(area.begin + used, 0, area.size - used);
}

}  // namespace gpulaunch
