#include "gpulaunch/diagnosis/absent.hpp"

#include "gpulaunch/diagnosis/compared.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;

// Words of a rank that we stopped, from before that. When they were read is not always known: then only known causes
// count, for being stopped makes many a program raise something.
bool had_spoken(const Testimony& one, const std::optional<Nanos>& limit) {
  if (one.account->fate != Fate::stopped || one.standing != WordStanding::own || one.doubtful) return false;
  const auto said = time_of_words(one);
  if (said && limit) return *said <= *limit;
  return one.word && one.word->line;
}

Some waiters(const std::vector<Testimony>& all) {
  return those(all, [](const auto& one) { return one.waiting && one.account->fate != Fate::finished; });
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

}  // namespace

Blame spoke_before(const std::vector<Testimony>& all) {
  const auto limit = first_end(all);
  const auto some = those(all, [&](const auto& one) { return had_spoken(one, limit); });
  if (some.empty()) return {};
  const auto* first = earliest(some);
  return blame_of(Ground::spoke_before, {first}, first);
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

Blame unfinished(const CaseFile& file, const std::vector<Testimony>& all) {
  auto going_on = those(all, [](const auto& one) { return one.account->fate == Fate::running; });
  const auto finished = those(all, [](const auto& one) { return one.account->fate == Fate::finished; });
  const bool silent = std::all_of(going_on.begin(), going_on.end(),
                                  [](const auto* one) { return one->standing == WordStanding::nothing; });
  if (!file.hung || going_on.empty() || finished.size() <= going_on.size() || !silent) return {};
  return blame_of(Ground::unfinished, std::move(going_on), nullptr);
}

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

Blame not_waiting(const CaseFile& file, const std::vector<Testimony>& all) {
  const auto waiting = waiters(all);
  if (waiting.empty() || a_connection_broke_first(all)) return {};
  auto blame = silent(file, all, waiting);
  if (blame.culprits.empty()) blame = behind(waiting, &Waiting::enqueued);
  if (blame.culprits.empty()) blame = behind(waiting, &Waiting::sequence);
  return blame;
}

Blame vanished(const std::vector<Testimony>& all) {
  auto gone = those(all, is_unheard);
  const auto left = those(all, [](const auto& one) { return one.failed() && one.standing != WordStanding::nothing; });
  if (gone.empty() || left.empty()) return {};
  return blame_of(Ground::vanished, std::move(gone), earliest(left));
}

}  // namespace gpulaunch
