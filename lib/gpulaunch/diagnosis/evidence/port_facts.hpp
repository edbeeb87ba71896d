// Facts about ports that could not be had: who listens there (by the descriptors of processes that we may look
// into), and whether the number is one that only root may take. The launcher's own reservation of MASTER_PORT
// does not listen and is never named.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// port-taken, port-privileged
[[nodiscard]] std::vector<Fact> port_facts(const std::string& root, const EvidenceQuestion& question);

}  // namespace gpulaunch
