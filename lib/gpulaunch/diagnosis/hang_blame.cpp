#include "gpulaunch/diagnosis/hang_blame.hpp"

#include "gpulaunch/diagnosis/matching/placeholders.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

using Ground = Blame::Ground;

// Data that was fetched ahead keeps a rank going for some steps after a thread of it has failed.
constexpr Nanos goes_on_anyway = std::chrono::seconds(30);

constexpr const char* let_it_end =
    "Let a process end when something in it fails: threads that are daemons (daemon=True), children that are ended, or "
    "os._exit(1) after the message.";

std::vector<const Testimony*> seen_behind(const CaseFile& file, const std::vector<Testimony>& all) {
  std::vector<const Testimony*> found;
  if (!file.hung || !file.view) return found;
  const auto& late = file.view->laggards;
  for (const auto& one : all) {
    if (std::find(late.begin(), late.end(), one.rank()) != late.end()) found.push_back(&one);
  }
  return found;
}

bool tells_why(const Testimony* one) { return one->standing == WordStanding::own && !went_on(*one); }

// The words of those that are late say why, where they have any.
Blame blame_of_late(std::vector<const Testimony*> late) {
  const auto speaker = std::find_if(late.begin(), late.end(), tells_why);
  if (speaker == late.end()) return {Ground::seen_behind, std::move(late), nullptr, false};
  const auto* who = *speaker;
  std::erase_if(late, [&](const auto* one) { return !tells_why(one) || one->likeness() != who->likeness(); });
  return {Ground::own, std::move(late), who, false};
}

const Testimony* one_with_hint(const std::vector<Testimony>& all) {
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& one) { return one.hint.has_value(); });
  return found == all.end() ? nullptr : &*found;
}

void add_reason(Diagnosis& diagnosis, const CaseFile& file) {
  if (!file.view || file.view->shown.empty()) return;
  diagnosis.evidence.push_back(file.view->shown);
}

void use_view(Diagnosis& diagnosis, const HangView& view) {
  diagnosis.cause = view.cause;
  diagnosis.fix = view.fix;
  diagnosis.strength = view.sure ? Strength::likely : Strength::possible;
}

// Its words are known, but it is alive: why it did not end is a part of the answer.
void tell_that_it_lives(Diagnosis& diagnosis, const Blame& blame) {
  const bool alive = std::any_of(blame.culprits.begin(), blame.culprits.end(),
                                 [](const auto* one) { return one->account->fate == Fate::running; });
  if (!alive || blame.speaker == nullptr) return;
  diagnosis.strength =
      std::min(diagnosis.strength, blame.ground == Ground::own ? Strength::likely : Strength::possible);
  diagnosis.cause += blame.culprits.size() == 1 ? " Its process did not end." : " Their processes did not end.";
  if (blame.speaker->error || diagnosis.fix.empty()) diagnosis.fix = let_it_end;
}

void tell_of_hint(Diagnosis& diagnosis, const Testimony& one) {
  const auto& hint = *one.hint;
  diagnosis.signature = hint.signature->id;
  diagnosis.cause = filled(hint.signature->cause, hint.names);
  diagnosis.fix = filled(hint.signature->fix, hint.names);
  diagnosis.strength = Strength::possible;
  if (hint.line) diagnosis.quote = Quote{one.rank(), std::string(one.lines[*hint.line])};
}

}  // namespace

bool went_on(const Testimony& one) {
  const auto line = one.line();
  const auto last = one.account->last_progress ? one.account->last_progress : one.account->last_output;
  const auto said = line ? one.times[*line] : std::nullopt;
  return one.account->fate == Fate::running && said && last && *last - *said > goes_on_anyway;
}

Blame seen_for_sure(const CaseFile& file, const std::vector<Testimony>& testimonies) {
  auto late = seen_behind(file, testimonies);
  if (late.empty() || !file.view->sure) return {};
  return blame_of_late(std::move(late));
}

Blame seen_perhaps(const CaseFile& file, const std::vector<Testimony>& testimonies) {
  auto late = seen_behind(file, testimonies);
  if (late.empty() || file.view->sure) return {};
  return blame_of_late(std::move(late));
}

void tell_of_hang(Diagnosis& diagnosis, const CaseFile& file, const Blame& blame,
                  const std::vector<Testimony>& testimonies) {
  if (!file.hung) return;
  if (blame.ground == Ground::seen_behind) use_view(diagnosis, *file.view);
  if (blame.ground == Ground::own || blame.ground == Ground::first_to_end) tell_that_it_lives(diagnosis, blame);
  const bool same = file.view && blame.ground != Ground::seen_behind && !blame.culprits.empty() &&
                    std::all_of(blame.culprits.begin(), blame.culprits.end(), [&](const auto* one) {
                      const auto& late = file.view->laggards;
                      return std::find(late.begin(), late.end(), one->rank()) != late.end();
                    });
  if (same) add_reason(diagnosis, file);
  if (!diagnosis.cause.empty()) return;
  if (const auto* one = one_with_hint(testimonies)) return tell_of_hint(diagnosis, *one);
  if (file.view) use_view(diagnosis, *file.view);
}

}  // namespace gpulaunch
