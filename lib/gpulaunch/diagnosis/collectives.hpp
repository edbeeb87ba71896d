// What ranks that waited in vain say about it: which collective of which group they were in, and which rank they
// accuse. The rank that prints a time-out has lost; the cause is the one that says nothing, is behind, or is named.
// Blame (blame.hpp) compares these over all ranks.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct Waiting {
  std::size_t line = 0;               // the first that says so
  std::string group;                  // of the process group; empty: not said
  std::string operation;              // "ALLREDUCE"; empty: not said
  std::optional<long long> sequence;  // of the collective that timed out
  std::optional<long long> enqueued;  // the last one that this rank came to
  std::set<int> accused;              // ranks that the words name as missing
};

// Empty where the rank does not tell of a time-out.
[[nodiscard]] std::optional<Waiting> waiting_of(const std::vector<std::string_view>& lines);

// The rank that the text tells the failure of: "rank 3 failed: …", "exception from rank 3".
[[nodiscard]] std::optional<int> rank_told_of(std::string_view text);

}  // namespace gpulaunch
