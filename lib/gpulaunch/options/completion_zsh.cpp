#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/presentation.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// Text inside [ ] or : : of an _arguments specification, itself between single quotes.
std::string escaped(std::string_view text) {
  auto result = text::replace_all(text, "'", "'\\''");
  for (const std::string_view special : {"[", "]", ":"}) {
    result = text::replace_all(result, special, "\\" + std::string(special));
  }
  return result;
}

std::string action(const OptionDefinition& definition) {
  const auto words = choices(definition);
  if (!words.empty()) return fmt::format("({})", fmt::join(words, " "));
  switch (completes(definition)) {
    case Completes::files: return "_files";
    case Completes::folders: return "_files -/";
    case Completes::nothing: break;
  }
  return "";
}

// '--grace=[help]:DURATION:action'; after a '+' or '=' the value may also be the next word.
std::string specification(const OptionDefinition& definition, const std::string& name) {
  const bool is_long = name.starts_with("--");
  const auto repeat = definition.repeats == Repeats::last_wins ? "" : "*";
  const auto help = fmt::format("[{}]", escaped(definition.help));
  const auto value = fmt::format(":{}:{}", escaped(definition.metavar), action(definition));
  switch (definition.takes) {
    case Takes::flag: return fmt::format("'{}{}{}'", repeat, name, help);
    case Takes::optional_value: return fmt::format("'{}{}{}{}'", repeat, name, is_long ? "=-" : "", help + (is_long ? ":" + value : ""));
    case Takes::value: break;
  }
  return fmt::format("'{}{}{}{}{}'", repeat, name, is_long ? "=" : "+", help, value);
}

}  // namespace

std::string zsh_completion(const Catalog& options) {
  std::string script = "#compdef gpulaunch\n# zsh completion for gpulaunch\n\n_arguments -s -S \\\n";
  for (const auto* definition : options) {
    for (const auto& name : spellings(*definition)) script += fmt::format("  {} \\\n", specification(*definition, name));
  }
  return script + "  '(-)1:program:{ _command_names -e; _files }' \\\n  '*::arguments:_normal'\n";
}

}  // namespace gpulaunch
