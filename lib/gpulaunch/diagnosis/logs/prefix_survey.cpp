#include "gpulaunch/diagnosis/logs/prefix_survey.hpp"

#include <algorithm>
#include <initializer_list>

namespace gpulaunch {
namespace {

constexpr std::size_t most_names = 4096;
constexpr int deepest = 8;

bool is_launchers(std::string_view line) {
  constexpr std::array<std::string_view, 7> marks{"srun: ",  "slurmstepd: ", "mpirun", "prterun",
                                                  "mpiexec", "gpulaunch: ",  "pdsh@"};
  return std::any_of(marks.begin(), marks.end(), [&](auto mark) { return line.starts_with(mark); });
}

}  // namespace

std::string_view without_sure_prefixes(std::string_view line, const PrefixReader& prefixes, const StampReader& stamps) {
  for (int depth = 0; depth < deepest; ++depth) {
    if (const auto prefix = prefixes.read(line, {}); prefix && prefix->length > 0) {
      line.remove_prefix(prefix->length);
    } else if (const auto stamp = stamps.read(line)) {
      line.remove_prefix(stamp->length);
    } else {
      break;
    }
  }
  return line;
}

void PrefixSurvey::feed(std::string_view bytes) {
  feed_.feed(bytes, [this](std::string_view line) { see(line); });
}

PrefixForms PrefixSurvey::decide() {
  feed_.finish([this](std::string_view line) { see(line); });
  PrefixForms forms;
  for (auto form = static_cast<std::size_t>(first_weak_form); form < prefix_forms; ++form)
    forms.set(form, convinces(static_cast<PrefixForm>(form)));
  // What stands before a blank or a tab is the vaguest: it is no prefix where something clearer is.
  const auto clear = {PrefixForm::number, PrefixForm::bracketed, PrefixForm::compose, PrefixForm::host};
  const auto has = [&](PrefixForm form) { return forms.test(static_cast<std::size_t>(form)); };
  if (std::any_of(clear.begin(), clear.end(), has)) {
    forms.reset(static_cast<std::size_t>(PrefixForm::tag));
    forms.reset(static_cast<std::size_t>(PrefixForm::named_pod));
  }
  return forms;
}

void PrefixSurvey::see(std::string_view line) {
  std::string storage;
  line = without_colours(line, storage);
  seen_srun_ = seen_srun_ || line.starts_with("srun: ") || line.starts_with("slurmstepd: ");
  const auto rest = without_sure_prefixes(line, *prefixes_, *stamps_);
  if (rest.empty() || is_launchers(rest)) return;
  ++lines_;
  for (auto form = static_cast<std::size_t>(first_weak_form); form < prefix_forms; ++form)
    count(static_cast<PrefixForm>(form), rest);
}

void PrefixSurvey::count(PrefixForm form, std::string_view line) {
  const auto prefix = prefixes_->read_as(line, form);
  if (!prefix) return;
  auto& evidence = evidence_[static_cast<std::size_t>(form)];
  ++evidence.lines;
  const auto rest = line.substr(prefix->length);
  const auto inner = prefixes_->read(rest, {});
  if (inner && inner->length > 0) ++evidence.before_prefix;
  const auto name = line.substr(0, prefix->length);
  if (const auto known = evidence.names.find(name); known != evidence.names.end())
    ++known->second;
  else if (evidence.names.size() < most_names)
    evidence.names.emplace(name, 1);
  else
    ++evidence.beyond;
}

// Ranks say more than one thing each; the numbers of a list, and of lines of a file, stand once.
bool PrefixSurvey::is_repeated(const Evidence& evidence) const {
  return evidence.lines >= 2 * evidence.names.size() && evidence.beyond * 2 < evidence.lines;
}

bool PrefixSurvey::convinces(PrefixForm form) const {
  const auto& evidence = evidence_[static_cast<std::size_t>(form)];
  if (evidence.lines == 0) return false;
  const bool most = evidence.lines * 2 >= lines_;
  const bool nearly_all = evidence.lines * 10 >= lines_ * 8;
  const bool several = evidence.names.size() >= 2;
  const bool leads = evidence.before_prefix > 0 && evidence.before_prefix * 10 >= evidence.lines;
  switch (form) {
    case PrefixForm::number: return seen_srun_ || leads || (most && is_repeated(evidence));
    case PrefixForm::bracketed: return leads || (most && is_repeated(evidence));
    case PrefixForm::compose: return most && (several || nearly_all);
    case PrefixForm::named_pod: return (nearly_all || leads) && is_repeated(evidence);
    case PrefixForm::host: return leads || (nearly_all && several && is_repeated(evidence));
    default: return nearly_all && several && is_repeated(evidence);
  }
}

}  // namespace gpulaunch
