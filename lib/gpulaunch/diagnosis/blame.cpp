#include "gpulaunch/diagnosis/blame.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/absent.hpp"
#include "gpulaunch/diagnosis/compared.hpp"
#include "gpulaunch/diagnosis/hang_blame.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;

// Those among `some` that failed as `first` did. An exit code alone proves nothing unless all have it.
Some alike(const CaseFile& file, const Some& some, const Testimony* first) {
  Some found;
  const auto likeness = first->likeness();
  std::copy_if(some.begin(), some.end(), std::back_inserter(found),
               [&](const auto* one) { return one->likeness() == likeness; });
  const bool speaks = first->standing == WordStanding::own && (first->word || first->error);
  if (speaks || found.size() == job_size(file)) return found;
  return {first};
}

// A rank that ended without words before the first one that raised what no signature knows: that may be what others
// bring about, and the earlier end is not.
const Testimony* mute_before(const std::vector<Testimony>& all, const Testimony& first) {
  if (first.word || !first.account->ended) return nullptr;
  const auto before = those(all, [&](const auto& one) {
    return one.failed() && one.standing == WordStanding::wordless && one.account->ended &&
           *one.account->ended + same_moment < *first.account->ended;
  });
  return before.empty() ? nullptr : earliest(before);
}

// The rank that its words name as different from itself.
std::optional<int> odd_for(const Testimony& one) {
  if (!one.word) return std::nullopt;
  const auto name = one.word->names.find("odd");
  if (name == one.word->names.end()) return std::nullopt;
  int rank = 0;
  const auto* end = name->second.data() + name->second.size();
  return std::from_chars(name->second.data(), end, rank).ptr == end ? std::optional(rank) : std::nullopt;
}

// Ranks that failed because they differ name each another one; the one that most of them name is the odd one.
const Testimony* odd_one(const Some& alike) {
  std::map<int, std::size_t> votes;
  for (const auto* one : alike) {
    if (const auto odd = odd_for(*one)) ++votes[*odd];
  }
  const auto found = std::find_if(alike.begin(), alike.end(), [&](const auto* one) {
    const auto own = votes.find(one->rank());
    return own != votes.end() && own->second > 1 && own->second * 2 > alike.size();
  });
  return found != alike.end() ? *found : nullptr;
}

// A rank that repeats what another one died of, which says so itself. Ranks that tell of each other in a circle stay.
void leave_out_messengers(Some& own) {
  auto sources = own;
  std::erase_if(sources, [&](const auto* one) {
    return std::any_of(own.begin(), own.end(), [&](const auto* other) {
      return one->tells_of.contains(other->rank()) && !other->tells_of.contains(one->rank());
    });
  });
  if (!sources.empty()) own = std::move(sources);
}

Blame with_their_own(const CaseFile& file, const std::vector<Testimony>& all) {
  auto own = those(all, [](const auto& one) { return may_be_blamed(one) && one.standing == WordStanding::own; });
  if (own.empty()) return {};
  // What a rank printed before it died of others' ends is a cause only where nobody has a better one.
  const bool some_sure = std::any_of(own.begin(), own.end(), [](const auto* one) { return !one->doubtful; });
  if (some_sure) std::erase_if(own, [](const auto* one) { return one->doubtful; });
  leave_out_messengers(own);
  const auto* first = earliest(own);
  if (const auto* before = mute_before(all, *first)) return blame_of(Ground::first_to_end, {before}, before);
  auto culprits = alike(file, own, first);
  if (const auto* odd = odd_one(culprits)) return blame_of(Ground::odd_one, {odd}, odd);
  return blame_of(Ground::own, std::move(culprits), first);
}

bool somebody_left(const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return one.account->fate == Fate::finished && one.account->ended && limit && *one.account->ended < *limit;
  });
}

// Some are elsewhere, or nothing is known of them.
bool somebody_unheard(const CaseFile& file, const std::vector<Testimony>& all) {
  const bool ends_known = std::any_of(all.begin(), all.end(), [](const auto& one) { return one.failed(); });
  return all.size() < job_size(file) || (ends_known && std::any_of(all.begin(), all.end(), is_unheard));
}

bool tells_of_a_connection(const Testimony* one) {
  const auto line = one->line();
  return one->standing == WordStanding::ambiguous && line && is_about_others(one->lines[*line]);
}

// Ranks that had ended before it only told of others: its lost connections come of theirs or of what ended them.
bool lost_others(const Testimony& one, const std::vector<Testimony>& all) {
  const auto line = one.line();
  if (one.standing != WordStanding::ambiguous || !line || !one.account->ended ||
      !is_about_connections(one.lines[*line]))
    return false;
  return std::any_of(all.begin(), all.end(), [&](const auto& other) {
    const bool told = other.standing == WordStanding::waiting || other.standing == WordStanding::secondary;
    return told && other.failed() && other.account->ended && *other.account->ended + same_moment < *one.account->ended;
  });
}

bool is_first_to_end(WordStanding standing) {
  return standing == WordStanding::ambiguous || standing == WordStanding::pointer || standing == WordStanding::wordless;
}

Blame first_to_end(const CaseFile& file, const std::vector<Testimony>& all) {
  const auto some = those(all, [&](const auto& one) {
    return may_be_blamed(one) && is_first_to_end(one.standing) && !lost_others(one, all);
  });
  if (some.empty()) return {};
  const bool may_be_another = somebody_left(all) || somebody_unheard(file, all) || !spoke_before(all).culprits.empty();
  if (may_be_another && std::all_of(some.begin(), some.end(), tells_of_a_connection)) return {};
  const auto* first = earliest(some);
  return blame_of(Ground::first_to_end, alike(file, some, first), first);
}

// A scheduler, a person or a monitor told all of them to end.
Blame told_from_outside(const std::vector<Testimony>& all) {
  const auto ended = those(all, [](const auto& one) { return one.failed(); });
  const bool told = std::all_of(ended.begin(), ended.end(), [&](const auto* one) {
    const auto sent = one->account->killed_by_outside;
    return (sent == signo::term || sent == signo::intr || sent == signo::hup) &&
           sent == ended.front()->account->killed_by_outside;
  });
  if (ended.size() < 2 || !told) return {};
  return blame_of(Ground::from_outside, {}, earliest(ended));
}

// Whose words are worth showing where nobody can be named: those that may tell more than that others are gone.
Blame nobody(const std::vector<Testimony>& all) {
  auto some = those(all, [](const auto& one) { return may_be_blamed(one) && one.standing != WordStanding::nothing; });
  Blame blame;
  if (some.empty()) {
    const auto hinting = those(all, [](const auto& one) { return one.word.has_value(); });  // of a job that hangs
    if (!hinting.empty()) blame.speaker = earliest(hinting);
    return blame;
  }
  if (all.size() == 1) blame.culprits = some;
  const auto is_ambiguous = [](const auto* one) { return one->standing == WordStanding::ambiguous; };
  if (std::any_of(some.begin(), some.end(), is_ambiguous))
    std::erase_if(some, [&](const auto* one) { return !is_ambiguous(one); });
  blame.speaker = earliest(some);
  return blame;
}

}  // namespace

Blame find_blame(const CaseFile& file, const std::vector<Testimony>& all) {
  auto blame = told_from_outside(all);
  if (blame.ground == Ground::from_outside) return blame;
  blame = seen_for_sure(file, all);
  if (blame.culprits.empty()) blame = with_their_own(file, all);
  if (blame.culprits.empty()) blame = first_to_end(file, all);
  if (blame.culprits.empty()) blame = spoke_before(all);
  if (blame.culprits.empty()) blame = accused(all);
  if (blame.culprits.empty()) blame = unfinished(file, all);
  if (blame.culprits.empty()) blame = finished_early(file, all);
  if (blame.culprits.empty()) blame = not_waiting(file, all);
  if (blame.culprits.empty()) blame = vanished(all);
  if (blame.culprits.empty()) blame = seen_perhaps(file, all);
  if (blame.culprits.empty()) blame = nobody(all);
  blame.everyone = blame.culprits.size() > 1 && blame.culprits.size() == job_size(file);
  return blame;
}

}  // namespace gpulaunch
