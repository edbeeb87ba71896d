#include "gpulaunch/base/rank_set.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace gpulaunch {
namespace {

std::string joined_runs(std::span<const int> ranks, std::string_view separator) {
  const std::set<int> sorted(ranks.begin(), ranks.end());
  std::string text;
  for (auto rank = sorted.begin(); rank != sorted.end();) {
    const int first = *rank;
    int last = first;
    while (++rank != sorted.end() && *rank == last + 1) last = *rank;
    if (!text.empty()) text += separator;
    text += first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
  }
  return text;
}

}  // namespace

std::string format_rank_set(std::span<const int> ranks) { return joined_runs(ranks, ","); }

std::string list_ranks(std::span<const int> ranks) { return joined_runs(ranks, ", "); }

std::string name_ranks(std::span<const int> ranks) {
  return (ranks.size() == 1 ? "rank " : "ranks ") + list_ranks(ranks);
}

}  // namespace gpulaunch
