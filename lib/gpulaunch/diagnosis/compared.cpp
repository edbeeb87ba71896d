#include "gpulaunch/diagnosis/compared.hpp"

#include "gpulaunch/diagnosis/hang_blame.hpp"

#include <algorithm>
#include <tuple>

namespace gpulaunch {
namespace {

// The order of those that began within the same millisecond: what the text is worth, then the rank.
auto text_order(const Testimony& one) {
  const bool from_file = one.line() && *one.line() < one.from_error_file;
  const int weight = one.word ? one.word->signature->weight : 0;
  return std::tuple(one.doubtful, -static_cast<int>(one.standing), !from_file, !one.word, !one.error, -weight,
                    one.rank());
}

}  // namespace

bool may_be_blamed(const Testimony& one) {
  const auto fate = one.account->fate;
  return fate == Fate::failed || fate == Fate::unknown || (fate == Fate::running && !went_on(one));
}

bool is_unheard(const Testimony& one) {
  return one.account->fate == Fate::unknown && one.standing == WordStanding::nothing;
}

std::optional<Nanos> time_of_words(const Testimony& one) {
  const auto line = one.line();
  return line ? one.times[*line] : std::nullopt;
}

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

std::optional<Nanos> first_end(const std::vector<Testimony>& all) {
  std::optional<Nanos> first;
  for (const auto& one : all) {
    if (one.failed() && one.account->ended) first = std::min(first.value_or(Nanos::max()), *one.account->ended);
  }
  return first;
}

std::size_t job_size(const CaseFile& file) {
  return std::max(file.ranks.size(), static_cast<std::size_t>(std::max(file.world_size, 0)));
}

Blame blame_of(Blame::Ground ground, Some culprits, const Testimony* speaker) {
  return {ground, std::move(culprits), speaker, false};
}

}  // namespace gpulaunch
