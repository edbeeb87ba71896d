// Looking at lists of facts in tests: the sentence of the only fact of a name, as "rank 3: sentence", and the names.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"

#include <string>
#include <vector>

namespace gpulaunch::testing {

inline std::string told(const Fact& fact) {
  return (fact.rank ? "rank " + std::to_string(*fact.rank) + ": " : "") + fact.sentence;
}

// Empty when there is none, "several" when there is more than one.
inline std::string only(const std::vector<Fact>& facts, const std::string& name) {
  std::string found;
  for (const auto& fact : facts) {
    if (fact.name == name) found = found.empty() ? told(fact) : "several";
  }
  return found;
}

inline std::vector<std::string> names(const std::vector<Fact>& facts) {
  std::vector<std::string> found;
  for (const auto& fact : facts) found.push_back(fact.name);
  return found;
}

}  // namespace gpulaunch::testing
