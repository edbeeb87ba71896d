// The words of one rank: the signatures that fit its lines or its end, with the facts that they rest upon, and which of
// them says most. testimony.cpp judges by them. The case file, the signatures and the facts outlive it.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// A signature that fits this rank.
struct Word {
  const Signature* signature = nullptr;
  std::optional<std::size_t> line;  // of Testimony::lines; none: by its end and by facts alone
  std::size_t last = 0;             // of its lines, where it takes several
  std::map<std::string, std::string> names;
  Strength strength = Strength::possible;  // with the facts
  std::vector<const Fact*> facts;          // those that it rests upon
  bool overcome = false;                   // its line says that the program went on: "out of memory, retrying"
};

// The line says that the program goes on: it retries, skips, falls back.
[[nodiscard]] bool tells_of_going_on(std::string_view line);

// All facts of the case, of any rank.
using Facts = std::vector<Fact>;

class Words {
 public:
  Words(const RankAccount& account, const Facts& facts) : account_(&account), facts_(&facts) {}

  // What was sighted in `lines`, of which the first `from_error_file` are the error file's; what fits the rank's end is
  // found besides.
  void collect(std::vector<Sighting> sightings, const std::vector<Signature>& signatures,
               const std::vector<std::string_view>& lines, std::size_t from_error_file);

  // The one of this role that says most of this rank itself. A cause gives way where the same line is known better by a
  // signature that does not blame.
  [[nodiscard]] const Word* best(Role role) const;
  // The cause that says most, without those that were overcome.
  [[nodiscard]] const Word* best_cause_to_stay() const;
  // What its end makes likely, with the facts if there are any.
  [[nodiscard]] const Word* best_by_end() const;
  // Words of a kill for lack of memory ("Killed", "oom_kill event"), which say more of a SIGKILL than the end does.
  [[nodiscard]] const Word* best_of_kill() const;
  // What a fact about the whole machine makes likely.
  [[nodiscard]] const Word* best_of_machine() const;

  // The error file's first, then the heavier, then the earlier.
  [[nodiscard]] bool says_more(const Word& word, const Word& other) const;
  // Several lines that end with this one tell of others: the line alone would not show it.
  [[nodiscard]] bool tells_of_others(std::size_t line) const;
  [[nodiscard]] static bool has_fact_of_rank(const Word& word);

 private:
  void add(const Signature& signature, Word word);
  [[nodiscard]] bool is_of_this_rank(const Word& word) const;
  [[nodiscard]] bool is_outdone(const Word& cause) const;
  template <class Predicate>
  [[nodiscard]] const Word* best_where(Predicate fits) const;

  const RankAccount* account_;
  const Facts* facts_;
  std::size_t from_error_file_ = 0;
  std::vector<Word> words_;
};

}  // namespace gpulaunch
