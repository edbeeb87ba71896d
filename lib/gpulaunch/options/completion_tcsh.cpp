#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/presentation.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// n/WORD/list/: what may follow WORD.
std::string rule(const OptionDefinition& definition, const std::string& name) {
  const auto words = choices(definition);
  if (!words.empty()) return fmt::format(" \\\n  'n/{}/({})/'", name, fmt::join(words, " "));
  switch (completes(definition)) {
    case Completes::files: return fmt::format(" \\\n  'n/{}/f/'", name);
    case Completes::folders: return fmt::format(" \\\n  'n/{}/d/'", name);
    case Completes::nothing: break;
  }
  return fmt::format(" \\\n  'n/{}/x:{}/'", name,
                     definition.metavar.find('/') == std::string_view::npos ? definition.metavar : "value");
}

}  // namespace

std::string tcsh_completion(const Catalog& options) {
  std::string rules;
  std::string names;
  for (const auto* definition : options) {
    names += fmt::format("{}{}", names.empty() ? "" : " ", definition->name);
    if (definition->takes != Takes::value) continue;
    for (const auto& name : spellings(*definition)) rules += rule(*definition, name);
  }
  return fmt::format(
      "# tcsh completion for gpulaunch\ncomplete gpulaunch{} \\\n  'c/--/({})/' \\\n  'n/explain/f/' \\\n  'p/*/c/'\n",
      rules, names);
}

}  // namespace gpulaunch
