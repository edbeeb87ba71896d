#include "gpulaunch/options/catalog.hpp"

#include "gpulaunch/options/definitions.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

std::array<std::string_view, 2> names_of(const OptionDefinition& definition) {
  const bool twice = definition.torchrun == definition.name;
  return {definition.name, twice ? std::string_view{} : definition.torchrun};
}

// Options that have a name beginning with `prefix`, each once.
std::vector<NamedOption> with_prefix(const Catalog& catalog, std::string_view prefix, Mode mode) {
  std::vector<NamedOption> found;
  for (const auto* definition : catalog) {
    if (definition->standing == Standing::hidden) continue;
    if (mode == Mode::torchrun) {
      const auto name = definition->torchrun;
      if (!name.empty() && name.starts_with(prefix)) found.push_back({definition, name});
      continue;
    }
    for (const auto name : names_of(*definition)) {
      if (name.empty() || !name.starts_with(prefix)) continue;
      found.push_back({definition, name});
      break;
    }
  }
  return found;
}

tl::unexpected<Error> ambiguous(std::string_view typed, const std::vector<NamedOption>& candidates) {
  std::string names;
  for (const auto& candidate : candidates) names += fmt::format("{}--{}", names.empty() ? "" : ", ", candidate.name);
  return fail(ErrorKind::usage,
              fmt::format("option {} could be any of {}", in_quotes(fmt::format("--{}", typed)), names));
}

tl::unexpected<Error> unknown(const Catalog& catalog, std::string_view typed) {
  const auto likely = nearest_name(catalog, typed);
  const auto hint =
      likely.empty() ? std::string("--help lists all options") : fmt::format("did you mean --{}?", likely);
  return fail(ErrorKind::usage, fmt::format("unknown option {}; {}", in_quotes(fmt::format("--{}", typed)), hint));
}

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last(to.size() + 1), last(to.size() + 1), row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[to.size()];
}

// How far a name is from what was typed; a name that the typed word begins with ("log-directory") counts as near.
std::size_t distance(std::string_view typed, std::string_view name) {
  const bool longer = name.size() >= 4 && typed.starts_with(name);
  return std::min(edit_distance(typed, name), longer ? std::size_t{3} : typed.size() + name.size());
}

}  // namespace

Catalog make_catalog() {
  Catalog catalog;
  catalog.reserve(96);
  for (const auto table :
       {definitions::job(), definitions::environment(), definitions::output(), definitions::failure(),
        definitions::report(), definitions::torchrun(), definitions::general()}) {
    for (const auto& definition : table) catalog.push_back(&definition);
  }
  return catalog;
}

std::string with_dashes(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '_', '-');
  return result;
}

NamedOption find_exactly(const Catalog& catalog, std::string_view name) {
  for (const auto* definition : catalog) {
    for (const auto known : names_of(*definition)) {
      if (!known.empty() && known == name) return {definition, known};
    }
  }
  return {};
}

const OptionDefinition* find_letter(const Catalog& catalog, char letter) {
  for (const auto* definition : catalog) {
    if (definition->letter != '\0' && definition->letter == letter) return definition;
  }
  return nullptr;
}

Result<NamedOption> find_long(const Catalog& catalog, std::string_view typed, Mode mode) {
  const auto name = with_dashes(typed);
  if (const auto exact = find_exactly(catalog, name); exact.definition != nullptr) return exact;
  if (name.empty()) return unknown(catalog, typed);
  auto candidates = with_prefix(catalog, name, mode);
  if (candidates.empty()) candidates = with_prefix(catalog, name, Mode::gpulaunch);
  if (candidates.size() == 1) return candidates.front();
  return candidates.empty() ? Result<NamedOption>(unknown(catalog, typed)) : ambiguous(typed, candidates);
}

std::string_view nearest_name(const Catalog& catalog, std::string_view typed) {
  constexpr std::size_t longest_guess = 64;  // nothing near to that exists, and the distance is quadratic
  const auto wanted = with_dashes(typed.substr(0, longest_guess));
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, std::min<std::size_t>(3, wanted.size() / 3)) + 1;
  for (const auto* definition : catalog) {
    if (definition->standing != Standing::works) continue;
    for (const auto name : names_of(*definition)) {
      if (name.empty()) continue;
      const auto far = distance(wanted, name);
      if (far < best_distance) {
        best = name;
        best_distance = far;
      }
    }
  }
  return best;
}

bool applies_to_guard(const OptionDefinition& definition) {
  switch (definition.group) {
    case Group::general:
    case Group::report: return true;
    case Group::failure:
      // Its output is not ours to watch.
      return definition.name != "hang-timeout" && definition.name != "progress-regex";
    case Group::environment:
      return definition.name == "env" || definition.name == "env-file" || definition.name == "chdir";
    default: return false;
  }
}

}  // namespace gpulaunch
