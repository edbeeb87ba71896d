// Who it was: the testimonies of all ranks compared. The rules in their order:
//   0. one signal from outside ended all that failed: nobody
//   1. ranks with a cause of their own: the earliest end; within a millisecond the text decides. An exception that no
//      signature knows yields to an end without words that came before it, a rank that only repeats what another one
//      died of to that one, and ranks that failed because one of them differs to the one that most of them name
//   2. ranks whose words are ambiguous, that lost a child, or left nothing but an exit code: the earliest end. Words
//      about connections do not count after the end of a rank that only told of others
//   3. all that failed only tell of others. Then it was one of the others, if the data shows which: a rank that we
//      stopped but that had told of a cause of its own; one that others name; one that goes on when most have
//      finished; one that finished while others still talked to it; one that did not wait where others did, or was
//      behind them; one that nothing is heard of any more (absent.hpp). Words about connections name nobody where
//      others left or are not heard of
//   4. nobody is named
// Ranks that fail alike are named together. verdict.cpp calls it and puts it into words. In a hang, what was seen of
// the ranks goes before or between these rules (hang_blame.hpp).
#pragma once

#include "gpulaunch/diagnosis/testimony.hpp"

#include <vector>

namespace gpulaunch {

struct Blame {
  enum class Ground {
    own,
    odd_one,
    first_to_end,
    spoke_before,
    accused,
    silent,
    behind,
    vanished,
    finished_early,
    unfinished,
    seen_behind,
    from_outside,
    nobody
  };

  Ground ground = Ground::nobody;
  std::vector<const Testimony*> culprits;  // by rank
  const Testimony* speaker = nullptr;      // whose words tell the cause: a culprit, or one who waited for it
  bool everyone = false;
};

[[nodiscard]] Blame find_blame(const CaseFile& file, const std::vector<Testimony>& testimonies);

}  // namespace gpulaunch
