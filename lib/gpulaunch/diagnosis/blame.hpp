// Who it was: the testimonies of all ranks compared. The rules in their order:
//   1. ranks with a cause of their own: the earliest end; within a millisecond the text decides. An exception that no
//      signature knows yields to an end without words that came before it
//   2. ranks whose words are ambiguous, that lost a child, or left nothing but an exit code: the earliest end
//   3. all that failed only tell of others. Then it was one of the others, if the data shows which: a rank that we
//      stopped but that had told of a cause of its own; one that others name; one that finished while others still
//      talked to it; one that did not wait where others did, or was behind them
//   4. nobody is named
// Ranks that fail alike are named together. verdict.cpp calls it and puts it into words. In a hang, what was seen of
// the ranks goes before or between these rules (hang_blame.hpp).
#pragma once

#include "gpulaunch/diagnosis/testimony.hpp"

#include <vector>

namespace gpulaunch {

struct Blame {
  enum class Ground { own, first_to_end, spoke_before, accused, silent, behind, finished_early, seen_behind, nobody };

  Ground ground = Ground::nobody;
  std::vector<const Testimony*> culprits;  // by rank
  const Testimony* speaker = nullptr;      // whose words tell the cause: a culprit, or one who waited for it
  bool everyone = false;
};

[[nodiscard]] Blame find_blame(const CaseFile& file, const std::vector<Testimony>& testimonies);

}  // namespace gpulaunch
