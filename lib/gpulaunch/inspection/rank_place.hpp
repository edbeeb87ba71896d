// Where a rank is, read off its stacks: whether it waits for other ranks there, and in few words for people. Frames are
// lines of stacks as RankFindings has them. Pure.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

// A function of a Python or native stack in which ranks wait for each other or for what NCCL does on the GPU:
// all_reduce, barrier, the start of a process group, cudaStreamSynchronize. Calls of the same name in other people's
// code do not count where the name is a common one (wait, send).
[[nodiscard]] bool waits_for_others(std::string_view frame);

struct RankPlace {
  bool waits = false;       // for other ranks
  bool collective = false;  // in a collective operation that has a name: not merely for the GPU
  std::string function;     // "all_reduce"
  std::string where;        // the user's line that it was called from, "train.py:88"; a library's where there is none

  [[nodiscard]] std::string text() const;  // "all_reduce (train.py:88)"
  friend bool operator==(const RankPlace&, const RankPlace&) = default;
};

// Nothing without any stack.
[[nodiscard]] std::optional<RankPlace> place_of(const RankFindings& rank);

// The same, or that of another rank in the same state with the same wait and the same innermost Python call: native
// stacks are taken of one rank of a kind.
[[nodiscard]] std::optional<RankPlace> place_of_kind(const RankFindings& rank, const Findings& findings);

}  // namespace gpulaunch
