#include "gpulaunch/base/rank_set.hpp"

#include <fmt/format.h>

#include <set>

namespace gpulaunch {

std::string format_rank_set(std::span<const int> ranks) {
  const std::set<int> sorted(ranks.begin(), ranks.end());
  std::string text;
  for (auto rank = sorted.begin(); rank != sorted.end();) {
    const int first = *rank;
    int last = first;
    while (++rank != sorted.end() && *rank == last + 1) last = *rank;
    if (!text.empty()) text += ',';
    text += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

}  // namespace gpulaunch
