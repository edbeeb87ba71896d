#include "app/complaint.hpp"

#include <cstdio>

namespace gpulaunch {

int complain(const Error& error) {
  std::fprintf(stderr, "gpulaunch: %s\n", error.message.c_str());
  return exit_status_of(error.kind);
}

}  // namespace gpulaunch
