// What is found of every rank alike is said once, of the whole job: makers of facts that look at rank after rank pass
// their findings through here.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"

#include <vector>

namespace gpulaunch {

// `facts`: each of one rank. Those that all `ranks` ranks share (name and sentence) become one without a rank.
[[nodiscard]] std::vector<Fact> say_once(std::vector<Fact> facts, std::size_t ranks);

}  // namespace gpulaunch
