#include "gpulaunch/inspection/inspection.hpp"

namespace gpulaunch {

std::vector<std::string> findings_text(const Findings& findings, std::size_t lines) {
  return lines == 0 ? std::vector<std::string>() : findings.notes;
}

}  // namespace gpulaunch
