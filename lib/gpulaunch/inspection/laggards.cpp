#include "gpulaunch/inspection/laggards.hpp"

namespace gpulaunch {

void name_laggards(Findings& findings) { findings.laggards.clear(); }

bool waits_for_others(std::string_view frame) { return frame.empty(); }

}  // namespace gpulaunch
