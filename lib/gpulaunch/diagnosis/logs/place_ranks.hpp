// Which account the lines of each place belong to. Used by log_case.cpp alone.
#pragma once

#include "gpulaunch/diagnosis/logs/log_findings.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gpulaunch {

struct PlaceRanks {
  std::vector<std::optional<int>> of_place;  // in the order of LogFindings::places; none: nobody knows
  std::map<int, std::string> names;          // of the numbers that are ours
};

// `named`: the ranks that launchers told of; `failed`: those of them that failed on their own.
[[nodiscard]] PlaceRanks assign_places(const LogFindings& found, const std::set<int>& named,
                                       const std::set<int>& failed);

}  // namespace gpulaunch
