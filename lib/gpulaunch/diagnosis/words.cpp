#include "gpulaunch/diagnosis/words.hpp"

#include "gpulaunch/base/signals.hpp"

#include <algorithm>
#include <re2/re2.h>
#include <tuple>

namespace gpulaunch {
namespace {

const Fact* fact_for(const Facts& facts, const std::string& name, int rank) {
  const Fact* found = nullptr;
  for (const auto& fact : facts) {
    if (fact.name != name || (fact.rank && *fact.rank != rank)) continue;
    if (found == nullptr || fact.rank) found = &fact;
  }
  return found;
}

// All of the named facts, or none where one does not hold.
std::optional<std::vector<const Fact*>> all_of(const Facts& facts, const std::vector<std::string>& names, int rank) {
  std::vector<const Fact*> found;
  for (const auto& name : names) {
    const auto* fact = fact_for(facts, name, rank);
    if (fact == nullptr) return std::nullopt;
    found.push_back(fact);
  }
  return found;
}

bool fits_end(const Signature& signature, const RankAccount& account) {
  if (signature.ends.empty()) return true;
  // A saved log does not say how its rank ended: the text alone has to do.
  if (!account.outcome) return account.fate == Fate::unknown && !(signature.all.empty() && signature.any.empty());
  return std::any_of(signature.ends.begin(), signature.ends.end(),
                     [&](const EndPattern& end) { return end.matches(*account.outcome); });
}

bool blames_others(const Signature& signature) {
  return signature.role == Role::ambiguous || signature.role == Role::secondary || signature.role == Role::pointer;
}

}  // namespace

bool tells_of_going_on(std::string_view line) {
  static const re2::RE2 pattern(
      R"((?i)\b(?:retry(?:ing)?|retried|skipp(?:ed|ing)|ignor(?:ed|ing)|recover(?:ed|ing)|fall(?:ing|s)? ?back|)"
      R"(will (?:try|continue|retry)|continuing|trying (?:again|next|another)|attempt \d+ ?(?:/|of) ?\d+)\b)",
      re2::RE2::Latin1);
  return re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), pattern);
}

void Words::collect(std::vector<Sighting> sightings, const std::vector<Signature>& signatures,
                    const std::vector<std::string_view>& lines, std::size_t from_error_file) {
  from_error_file_ = from_error_file;
  for (auto& sighting : sightings) {
    const bool overcome = tells_of_going_on(lines[sighting.line]);
    add(signatures[sighting.signature],
        {nullptr, sighting.line, sighting.last, std::move(sighting.names), {}, {}, overcome});
  }
  if (account_->fate != Fate::failed && account_->fate != Fate::running) return;
  for (const auto& signature : signatures) {
    if (signature.all.empty() && signature.any.empty()) add(signature, {});
  }
}

void Words::add(const Signature& signature, Word word) {
  auto facts = all_of(*facts_, signature.evidence, account_->rank);
  if (!facts || !fits_end(signature, *account_)) return;
  word.signature = &signature;
  word.strength = signature.strength;
  word.facts = *std::move(facts);
  for (const auto& name : signature.certain_if) {
    if (const auto* fact = fact_for(*facts_, name, account_->rank)) {
      word.strength = Strength::certain;
      word.facts.push_back(fact);
    }
  }
  words_.push_back(std::move(word));
}

// A fact about the whole machine does not tell which of its ranks it was.
bool Words::is_of_this_rank(const Word& word) const {
  if (word.line) return true;
  if (word.facts.empty()) return false;  // by its end alone, which says less than any words
  return !word.signature->ends.empty() || has_fact_of_rank(word);
}

bool Words::has_fact_of_rank(const Word& word) {
  return std::any_of(word.facts.begin(), word.facts.end(), [](const Fact* fact) { return fact->rank.has_value(); });
}

bool Words::says_more(const Word& word, const Word& other) const {
  const auto worth = [&](const Word& one) {
    const long line = one.line ? static_cast<long>(*one.line) : -1;
    return std::tuple(one.line && *one.line < from_error_file_, one.signature->weight, -line);
  };
  return worth(word) > worth(other);
}

template <class Predicate>
const Word* Words::best_where(Predicate fits) const {
  const Word* found = nullptr;
  for (const auto& word : words_) {
    if (fits(word) && (found == nullptr || says_more(word, *found))) found = &word;
  }
  return found;
}

bool Words::is_outdone(const Word& cause) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& one) {
    return cause.line && one.line && one.last == *cause.line && blames_others(*one.signature) &&
           one.signature->weight > cause.signature->weight;
  });
}

const Word* Words::best(Role role) const {
  return best_where([&](const Word& word) {
    return word.signature->role == role && is_of_this_rank(word) && (role != Role::cause || !is_outdone(word));
  });
}

const Word* Words::best_cause_to_stay() const {
  return best_where([&](const Word& word) {
    return word.signature->role == Role::cause && is_of_this_rank(word) && !word.overcome && !is_outdone(word);
  });
}

const Word* Words::best_by_end() const {
  const auto* told =
      best_where([](const Word& word) { return !word.line && !word.facts.empty() && !word.signature->ends.empty(); });
  if (told != nullptr || account_->killed_by_outside) return told;
  return best_where([](const Word& word) { return !word.line && !word.signature->ends.empty(); });
}

const Word* Words::best_of_kill() const {
  if (account_->killed_by_outside || !account_->outcome || account_->outcome->exit_code() != 128 + signo::kill)
    return nullptr;
  return best_where([](const Word& word) {
    const auto& proofs = word.signature->certain_if;
    return word.line && word.signature->role == Role::ambiguous &&
           std::find(proofs.begin(), proofs.end(), "oom-kill") != proofs.end();
  });
}

const Word* Words::best_of_machine() const {
  return best_where([](const Word& one) { return !one.line && !one.facts.empty() && !has_fact_of_rank(one); });
}

bool Words::tells_of_others(std::size_t line) const {
  return std::any_of(words_.begin(), words_.end(), [&](const Word& one) {
    return one.line && *one.line < one.last && one.last == line && blames_others(*one.signature);
  });
}

}  // namespace gpulaunch
