#include "gpulaunch/diagnosis/verdict.hpp"

#include "gpulaunch/diagnosis/blame.hpp"
#include "gpulaunch/diagnosis/hang_blame.hpp"
#include "gpulaunch/diagnosis/matching/placeholders.hpp"
#include "gpulaunch/diagnosis/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;

constexpr const char* leaving_fact = "peer-finished-early";
constexpr const char* outside_fact = "killed-from-outside";

bool all_ended_alike(const CaseFile& file) {
  const auto& ranks = file.ranks;
  return ranks.size() > 1 && file.world_size <= static_cast<int>(ranks.size()) &&
         std::all_of(ranks.begin(), ranks.end(), [&](const RankAccount& one) {
           return one.fate == Fate::failed && one.outcome && one.outcome == ranks.front().outcome;
         });
}

// What was looked up, and what the case file itself shows.
Facts facts_of(const CaseFile& file) {
  auto facts = file.facts;
  for (const auto& rank : file.ranks) {
    if (!rank.killed_by_outside || rank.fate != Fate::failed) continue;
    facts.push_back({outside_fact, rank.rank,
                     fmt::format("rank {} got its signal from a process that is not this launcher", rank.rank)});
  }
  if (all_ended_alike(file)) {
    facts.push_back(
        {"everyone-alike", std::nullopt, fmt::format("every rank {}", file.ranks.front().outcome->describe())});
  }
  return facts;
}

std::vector<Testimony> hear_all(const CaseFile& file, const std::vector<Signature>& signatures, const Matcher& matcher,
                                const Facts& facts) {
  std::vector<Testimony> all;
  all.reserve(file.ranks.size());
  for (const auto& rank : file.ranks) all.push_back(hear(rank, matcher, signatures, facts));
  return all;
}

void add_once(std::vector<std::string>& sentences, std::string sentence) {
  if (sentence.empty() || std::find(sentences.begin(), sentences.end(), sentence) != sentences.end()) return;
  sentences.push_back(std::move(sentence));
}

void use_signature(Diagnosis& diagnosis, const Signature& signature, const std::map<std::string, std::string>& names) {
  diagnosis.signature = signature.id;
  diagnosis.cause = filled(signature.cause, names);
  diagnosis.fix = filled(signature.fix, names);
}

void use_word(Diagnosis& diagnosis, const Word& word) {
  use_signature(diagnosis, *word.signature, word.names);
  diagnosis.strength = word.strength;
  for (const auto* fact : word.facts) add_once(diagnosis.evidence, fact->sentence);
}

// What the ranks' own words and ends say.
void tell(Diagnosis& diagnosis, const Blame& blame) {
  const auto& speaker = *blame.speaker;
  if (speaker.word) return use_word(diagnosis, *speaker.word);
  diagnosis.cause = cause_of(speaker);
  diagnosis.fix = fix_of(speaker);
  if (speaker.umbrella) {
    diagnosis.signature = speaker.umbrella->signature->id;
    diagnosis.fix = filled(speaker.umbrella->signature->fix, speaker.umbrella->names);
  }
  const bool clear = speaker.error ? speaker.standing != WordStanding::wordless : speaker.standing == WordStanding::own;
  diagnosis.strength = clear ? Strength::likely : Strength::possible;
}

// What is known by a fact alone has a signature of it.
void use_fact(Diagnosis& diagnosis, const std::vector<Signature>& signatures, const char* fact) {
  const auto found = std::find_if(signatures.begin(), signatures.end(), [&](const Signature& one) {
    return one.all.empty() && one.any.empty() && one.evidence == std::vector<std::string>{fact};
  });
  if (found != signatures.end()) use_signature(diagnosis, *found, {});
}

void tell_of_leaving(Diagnosis& diagnosis, const Blame& blame, const std::vector<Signature>& signatures) {
  use_fact(diagnosis, signatures, leaving_fact);
  diagnosis.cause = cause_of(blame);
  if (diagnosis.fix.empty()) {
    diagnosis.fix = "Let all ranks do the same number of steps, and wait for each other (a barrier) before they leave.";
  }
}

constexpr const char* end_or_wait =
    "See what it still does (py-spy dump, gdb): threads that are no daemons, uploads, and destroy_process_group() at "
    "its "
    "end; or a collective that the others did not call, for which all ranks must do the same number of steps.";

Strength at_most(Strength limit, Strength strength) { return std::min(limit, strength); }

// How sure the ground of the blame lets us be.
Strength limited(const Blame& blame, Strength strength) {
  const bool one = blame.culprits.size() == 1;
  const bool doubtful = blame.speaker != nullptr && blame.speaker->doubtful;
  switch (blame.ground) {
    case Ground::own: return at_most(doubtful ? Strength::possible : Strength::certain, strength);
    case Ground::first_to_end: return blame.everyone ? strength : at_most(Strength::likely, strength);
    case Ground::odd_one:
    case Ground::spoke_before: return at_most(Strength::likely, strength);
    case Ground::from_outside: return Strength::certain;
    case Ground::seen_behind: return strength;  // hang_blame.hpp
    case Ground::accused:
    case Ground::silent:
    case Ground::behind:
    case Ground::vanished:
    case Ground::finished_early: return one ? Strength::likely : Strength::possible;
    case Ground::unfinished:
    case Ground::nobody: break;
  }
  return Strength::possible;
}

void tell_the_cause(Diagnosis& diagnosis, const Blame& blame, const std::vector<Signature>& signatures) {
  if (blame.ground == Ground::finished_early) {
    tell_of_leaving(diagnosis, blame, signatures);
  } else if (blame.ground == Ground::unfinished) {
    diagnosis.cause = cause_of(blame);
    diagnosis.fix = end_or_wait;
  } else if (blame.ground == Ground::from_outside) {
    use_fact(diagnosis, signatures, outside_fact);
    diagnosis.cause = cause_of(blame);
  } else if (blame.speaker != nullptr) {
    tell(diagnosis, blame);
    if (auto cause = cause_of(blame); !cause.empty()) diagnosis.cause = std::move(cause);
  }
  diagnosis.strength = limited(blame, diagnosis.strength);
}

// Where nobody has a cause of its own, what is known of the machine says more than words about others.
void tell_of_machine(Diagnosis& diagnosis, const Blame& blame) {
  if (blame.ground == Ground::nobody && blame.speaker != nullptr && blame.speaker->machine)
    use_word(diagnosis, *blame.speaker->machine);
}

void quote(Diagnosis& diagnosis, const Blame& blame) {
  if (blame.speaker == nullptr) return;
  const auto line = blame.speaker->line();
  if (!line) return;
  diagnosis.quote = Quote{blame.speaker->rank(), std::string(blame.speaker->lines[*line])};
  if (*line < blame.speaker->from_error_file) {
    add_once(diagnosis.evidence, fmt::format("the error file of rank {} says so", blame.speaker->rank()));
  }
}

// Known words of its own, and none of others: it would have failed without them too.
bool failed_by_itself(const Testimony& one) {
  return one.standing == WordStanding::own && !one.doubtful && !one.waiting && one.word && one.word->line &&
         one.word->signature->role == Role::cause;
}

std::vector<Victim> victims_of(const Blame& blame, const std::vector<Testimony>& all) {
  std::vector<Victim> victims;
  for (const auto& one : all) {
    const bool blamed = std::find(blame.culprits.begin(), blame.culprits.end(), &one) != blame.culprits.end();
    const bool told = one.standing == WordStanding::secondary || one.standing == WordStanding::waiting;
    const bool ended = one.failed() || (one.account->fate == Fate::unknown && one.standing != WordStanding::nothing);
    if (blamed || !ended || failed_by_itself(one) || (blame.culprits.empty() && !told)) continue;
    const auto line = one.line();
    victims.push_back({one.rank(), one.word ? one.word->signature->id : std::string(),
                       line ? std::string(one.lines[*line]) : std::string()});
  }
  return victims;
}

}  // namespace

Diagnosis diagnose(const CaseFile& file, const std::vector<Signature>& signatures) {
  return diagnose(file, signatures, Matcher(signatures));
}

Diagnosis diagnose(const CaseFile& file, const std::vector<Signature>& signatures, const Matcher& matcher) {
  const auto facts = facts_of(file);
  const auto testimonies = hear_all(file, signatures, matcher, facts);
  const auto blame = find_blame(file, testimonies);
  Diagnosis diagnosis;
  for (const auto* culprit : blame.culprits) diagnosis.culprits.push_back(culprit->rank());
  diagnosis.everyone = blame.everyone;
  tell_the_cause(diagnosis, blame, signatures);
  tell_of_machine(diagnosis, blame);
  quote(diagnosis, blame);
  tell_of_hang(diagnosis, file, blame, testimonies);
  for (auto& reason : reasons(blame, testimonies)) add_once(diagnosis.evidence, std::move(reason));
  diagnosis.victims = victims_of(blame, testimonies);
  return diagnosis;
}

}  // namespace gpulaunch
