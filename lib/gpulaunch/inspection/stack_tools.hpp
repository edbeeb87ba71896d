// Takes stacks with py-spy, gdb or eu-stack, whichever are there. Whoever stops a rank for that is announced (tool_on)
// before, so that the supervisor can let the rank go on when the tool had to be killed.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/inspection/finding_lines.hpp"
#include "gpulaunch/inspection/inspection.hpp"

#include <vector>

namespace gpulaunch {

struct StackOrders {
  const std::vector<InspectedRank>* ranks = nullptr;
  std::vector<RankFindings>* findings = nullptr;  // of the same ranks, in the same order; gets the stacks
  const FindingWriter* writer = nullptr;
  Nanos each{};  // for one tool on one rank
  std::size_t at_once = 4;
  Mono deadline{};
};

// Of all ranks that run Python. py-spy first reads along without stopping anybody; a rank where that fails is stopped
// for some milliseconds, unless it is stopped already.
void take_python_stacks(const StackOrders& orders);

// Of a few ranks that differ (pick_for_native_stacks), since a debugger takes a second or more for each.
void take_native_stacks(const StackOrders& orders);

}  // namespace gpulaunch
