#include "gpulaunch/diagnosis/evidence/common_facts.hpp"

#include <algorithm>

namespace gpulaunch {

std::vector<Fact> say_once(std::vector<Fact> facts, std::size_t ranks) {
  std::vector<Fact> said;
  for (auto& fact : facts) {
    const auto same = [&](const Fact& other) { return other.name == fact.name && other.sentence == fact.sentence; };
    const auto times = static_cast<std::size_t>(std::count_if(facts.begin(), facts.end(), same));
    if (times < ranks || ranks < 2) {
      said.push_back(fact);
    } else if (std::none_of(said.begin(), said.end(), same)) {
      said.push_back({fact.name, std::nullopt, fact.sentence});
    }
  }
  return said;
}

}  // namespace gpulaunch
