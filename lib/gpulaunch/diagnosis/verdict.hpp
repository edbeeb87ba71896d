// Whose fault it was and why: a pure function from a case file and the signatures to one verdict. It never names an
// innocent: ranks that we stopped, and ranks whose words only tell that a peer is gone, are set apart; where the data
// does not show who it was, nobody is named.
//
// Order of blame: error files before text; a cause of a rank's own (by its words, or by a signal that no peer brings
// about) before words that are ambiguous and ends without any words, before words that only tell of others; among
// equals the earlier end, then the earlier line. blame.hpp has the rules.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// The line that convinced, as it was printed.
struct Quote {
  int rank = 0;
  std::string line;
};

// A rank that ended badly, but not by its own fault.
struct Victim {
  int rank = 0;
  std::string signature;  // what recognised its words; empty: by order and roles alone
  std::string line;       // its words
};

struct Diagnosis {
  // Whom to look at, in rank order: one rank; several that failed alike; empty where nobody can be named.
  std::vector<int> culprits;
  bool everyone = false;  // all ranks of the job failed alike: said once
  std::string signature;  // empty: no signature says more than that
  Strength strength = Strength::possible;
  std::string cause;  // one or two sentences; empty when nothing is known
  std::string fix;    // may be empty
  std::optional<Quote> quote;
  std::vector<std::string> evidence;  // sentences: facts, and why this rank and not another one
  std::vector<Victim> victims;
};

[[nodiscard]] Diagnosis diagnose(const CaseFile& file, const std::vector<Signature>& signatures);
// The same for several cases: compiling all patterns, which `matcher` has done for the signatures, costs some 50 ms.
[[nodiscard]] Diagnosis diagnose(const CaseFile& file, const std::vector<Signature>& signatures,
                                 const Matcher& matcher);

}  // namespace gpulaunch
