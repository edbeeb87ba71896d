#include "app/documents.hpp"

#include "gpulaunch/base/exit_status.hpp"

#include <cstdio>

namespace gpulaunch {

int print_document(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return written && std::fflush(stdout) == 0 ? exit_status::success : exit_status::launcher_failed;
}

}  // namespace gpulaunch
