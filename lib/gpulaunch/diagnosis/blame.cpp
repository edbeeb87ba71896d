#include "gpulaunch/diagnosis/blame.hpp"

#include "gpulaunch/diagnosis/hang_blame.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;
using Some = std::vector<const Testimony*>;

constexpr Nanos same_moment = std::chrono::milliseconds(1);

template <class Predicate>
Some those(const std::vector<Testimony>& testimonies, Predicate predicate) {
  Some found;
  for (const auto& one : testimonies) {
    if (predicate(one)) found.push_back(&one);
  }
  return found;
}

// A saved log does not say that its rank failed, and a rank that hangs may have died but for its name: their words do.
bool may_be_blamed(const Testimony& one) {
  const auto fate = one.account->fate;
  return fate == Fate::failed || fate == Fate::unknown || (fate == Fate::running && !went_on(one));
}

// When its words were read, if that is known of all; else when each ended.
std::optional<Nanos> time_of_words(const Testimony& one) {
  const auto line = one.line();
  return line ? one.times[*line] : std::nullopt;
}

// The order of those that began within the same millisecond: what the text is worth, then the rank.
auto text_order(const Testimony& one) {
  const bool from_file = one.line() && *one.line() < one.from_error_file;
  const int weight = one.word ? one.word->signature->weight : 0;
  return std::tuple(one.doubtful, -static_cast<int>(one.standing), !from_file, !one.word, !one.error, -weight,
                    one.rank());
}

// The earliest first. An unknown time is later than a known one.
const Testimony* earliest(const Some& some) {
  const bool by_words =
      std::all_of(some.begin(), some.end(), [](const auto* one) { return time_of_words(*one).has_value(); });
  const auto moment = [&](const Testimony* one) {
    return (by_words ? time_of_words(*one) : one->account->ended).value_or(Nanos::max());
  };
  const auto first = moment(
      *std::min_element(some.begin(), some.end(), [&](const auto* a, const auto* b) { return moment(a) < moment(b); }));
  const Testimony* chosen = nullptr;
  for (const auto* one : some) {
    if (moment(one) - first > same_moment) continue;
    if (chosen == nullptr || text_order(*one) < text_order(*chosen)) chosen = one;
  }
  return chosen;
}

std::size_t job_size(const CaseFile& file) {
  return std::max(file.ranks.size(), static_cast<std::size_t>(std::max(file.world_size, 0)));
}

Blame blame_of(Ground ground, Some culprits, const Testimony* speaker) {
  return {ground, std::move(culprits), speaker, false};
}

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

Blame with_their_own(const CaseFile& file, const std::vector<Testimony>& all) {
  auto own = those(all, [](const auto& one) { return may_be_blamed(one) && one.standing == WordStanding::own; });
  if (own.empty()) return {};
  // What a rank printed before it died of others' ends is a cause only where nobody has a better one.
  const bool some_sure = std::any_of(own.begin(), own.end(), [](const auto* one) { return !one->doubtful; });
  if (some_sure) std::erase_if(own, [](const auto* one) { return one->doubtful; });
  const auto* first = earliest(own);
  if (const auto* before = mute_before(all, *first)) return blame_of(Ground::first_to_end, {before}, before);
  return blame_of(Ground::own, alike(file, own, first), first);
}

std::optional<Nanos> first_end(const std::vector<Testimony>& all) {
  std::optional<Nanos> first;
  for (const auto& one : all) {
    if (one.failed() && one.account->ended) first = std::min(first.value_or(Nanos::max()), *one.account->ended);
  }
  return first;
}

bool somebody_left(const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return one.account->fate == Fate::finished && one.account->ended && limit && *one.account->ended < *limit;
  });
}

bool tells_of_a_connection(const Testimony* one) {
  const auto line = one->line();
  return one->standing == WordStanding::ambiguous && line && is_about_others(one->lines[*line]);
}

bool is_first_to_end(WordStanding standing) {
  return standing == WordStanding::ambiguous || standing == WordStanding::pointer || standing == WordStanding::wordless;
}

Blame first_to_end(const CaseFile& file, const std::vector<Testimony>& all) {
  const auto some = those(all, [](const auto& one) { return may_be_blamed(one) && is_first_to_end(one.standing); });
  if (some.empty() || (somebody_left(all) && std::all_of(some.begin(), some.end(), tells_of_a_connection))) return {};
  const auto* first = earliest(some);
  return blame_of(Ground::first_to_end, alike(file, some, first), first);
}

// A rank that printed a known cause and was slow to end, so that the others gave up before it.
Blame spoke_before(const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  const auto some = those(all, [&](const auto& one) {
    if (one.account->fate != Fate::stopped || one.standing != WordStanding::own || one.doubtful || !one.word ||
        !one.word->line)
      return false;
    const auto said = time_of_words(one);
    return !said || !limit || *said <= *limit;
  });
  if (some.empty()) return {};
  const auto* first = earliest(some);
  return blame_of(Ground::spoke_before, {first}, first);
}

Some waiters(const std::vector<Testimony>& all) {
  return those(all, [](const auto& one) { return one.waiting && one.account->fate != Fate::finished; });
}

Blame accused(const std::vector<Testimony>& all) {
  std::set<int> ranks;
  const auto waiting = waiters(all);
  for (const auto* one : waiting) ranks.insert(one->waiting->accused.begin(), one->waiting->accused.end());
  auto found =
      those(all, [&](const auto& one) { return ranks.contains(one.rank()) && one.account->fate != Fate::finished; });
  // A rank that itself waited for others is no better a suspect than they are.
  std::erase_if(found, [](const auto* one) { return one->waiting.has_value(); });
  if (found.empty()) return {};
  const auto* speaker = *std::find_if(waiting.begin(), waiting.end(), [&](const auto* one) {
    return one->waiting->accused.contains(found.front()->rank());
  });
  return blame_of(Ground::accused, std::move(found), speaker);
}

// Those that said nothing while others waited. Where most of them are silent, silence shows nothing.
Blame silent(const CaseFile& file, const std::vector<Testimony>& all, const Some& waiting) {
  auto quiet = those(all, [](const auto& one) {
    return !one.waiting && one.account->fate != Fate::finished && one.standing == WordStanding::nothing;
  });
  const bool few = quiet.size() == 1 || quiet.size() <= waiting.size();
  if (quiet.empty() || !few || all.size() < job_size(file)) return {};
  return blame_of(Ground::silent, std::move(quiet), waiting.front());
}

using Measure = std::optional<long long> Waiting::*;

// Those that came less far in the same process group than others did.
Blame behind(const Some& waiting, Measure measure) {
  const auto progress = [&](const Testimony* one) { return (*one->waiting).*measure; };
  const auto& group = waiting.front()->waiting->group;
  const bool comparable = std::all_of(waiting.begin(), waiting.end(),
                                      [&](const auto* one) { return progress(one) && one->waiting->group == group; });
  const auto less = [&](const auto* a, const auto* b) { return progress(a) < progress(b); };
  const auto [low, high] = std::minmax_element(waiting.begin(), waiting.end(), less);
  if (!comparable || progress(*low) == progress(*high)) return {};
  Some last;
  std::copy_if(waiting.begin(), waiting.end(), std::back_inserter(last),
               [&, least = progress(*low)](const auto* one) { return progress(one) == least; });
  return blame_of(Ground::behind, std::move(last), *high);
}

// Then others were stopped before they could time out, and their silence shows nothing.
bool a_connection_broke_first(const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  return std::any_of(all.begin(), all.end(), [&](const auto& one) {
    return limit && one.failed() && one.standing == WordStanding::secondary && one.account->ended == limit;
  });
}

Blame not_waiting(const CaseFile& file, const std::vector<Testimony>& all) {
  const auto waiting = waiters(all);
  if (waiting.empty() || a_connection_broke_first(all)) return {};
  auto blame = silent(file, all, waiting);
  if (blame.culprits.empty()) blame = behind(waiting, &Waiting::enqueued);
  if (blame.culprits.empty()) blame = behind(waiting, &Waiting::sequence);
  return blame;
}

// Ranks that left with 0 before the first of the others broke, or while the rest hangs.
Blame finished_early(const CaseFile& file, const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  const auto speakers =
      those(all, [](const auto& one) { return may_be_blamed(one) && one.standing != WordStanding::nothing; });
  if (speakers.empty() && !file.hung) return {};
  auto gone = those(all, [&](const auto& one) {
    if (one.account->fate != Fate::finished) return false;
    return file.hung || (one.account->ended && limit && *one.account->ended < *limit);
  });
  if (gone.empty() || gone.size() == all.size()) return {};
  return blame_of(Ground::finished_early, std::move(gone), speakers.empty() ? nullptr : speakers.front());
}

// Whose words are worth showing where nobody can be named.
Blame nobody(const std::vector<Testimony>& all) {
  const auto some =
      those(all, [](const auto& one) { return may_be_blamed(one) && one.standing != WordStanding::nothing; });
  Blame blame;
  if (some.empty()) return blame;
  blame.speaker = earliest(some);
  if (all.size() == 1) blame.culprits = some;
  return blame;
}

}  // namespace

Blame find_blame(const CaseFile& file, const std::vector<Testimony>& all) {
  auto blame = seen_for_sure(file, all);
  if (blame.culprits.empty()) blame = with_their_own(file, all);
  if (blame.culprits.empty()) blame = first_to_end(file, all);
  if (blame.culprits.empty()) blame = spoke_before(all);
  if (blame.culprits.empty()) blame = accused(all);
  if (blame.culprits.empty()) blame = finished_early(file, all);
  if (blame.culprits.empty()) blame = not_waiting(file, all);
  if (blame.culprits.empty()) blame = seen_perhaps(file, all);
  if (blame.culprits.empty()) blame = nobody(all);
  blame.everyone = blame.culprits.size() > 1 && blame.culprits.size() == job_size(file);
  return blame;
}

}  // namespace gpulaunch
