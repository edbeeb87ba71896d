// What one rank says, taken together: its lines (those of its error file first), what signatures recognise in them, its
// own error where no signature knows it, whether it waited in vain, and how much all of that makes it a culprit. Made
// from a case file, one for each rank; blame.hpp compares them. The case file, the signatures and the matcher outlive
// it.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/collectives.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"
#include "gpulaunch/diagnosis/own_error.hpp"
#include "gpulaunch/diagnosis/words.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// How much a rank that ended badly may be the culprit, from least to most.
enum class WordStanding {
  nothing,    // it did not end badly, or nothing is known of it
  secondary,  // it only tells that others are gone
  waiting,    // it waited in vain for others
  wordless,   // an exit code alone
  pointer,    // a child of it died, and the child said nothing
  ambiguous,  // its own, or the consequence of another rank's end
  own,        // a cause of its own, or died by a signal
};

struct Testimony {
  const RankAccount* account = nullptr;
  std::vector<std::string_view> lines;      // of the error file, of stderr, of stdout
  std::vector<std::optional<Nanos>> times;  // when each was read
  std::size_t from_error_file = 0;          // how many of the lines
  std::optional<Word> word;                 // the signature that says most about it
  std::optional<Word> machine;              // what facts about the whole machine make likely
  std::optional<OwnError> error;            // what the program itself says, where that says more
  std::optional<Word> umbrella;             // a signature that knows the error, but says less than it does
  std::optional<Word> hint;                 // a warning that explains a hang
  std::optional<Waiting> waiting;
  std::set<int> tells_of;  // other ranks whose failure it reports
  WordStanding standing = WordStanding::nothing;
  bool doubtful = false;  // has a cause of its own, but what it died of only tells of others

  [[nodiscard]] int rank() const { return account->rank; }
  [[nodiscard]] bool failed() const { return account->fate == Fate::failed; }
  // The line that convinces; none where only its end is known.
  [[nodiscard]] std::optional<std::size_t> line() const;
  // Ranks with the same likeness failed alike. Empty: it has none.
  [[nodiscard]] std::string likeness() const;
};

[[nodiscard]] Testimony hear(const RankAccount& account, const Matcher& matcher,
                             const std::vector<Signature>& signatures, const Facts& facts);

}  // namespace gpulaunch
