#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/explain.hpp"
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
    case Takes::optional_value:
      return fmt::format("'{}{}{}{}'", repeat, name, is_long ? "=-" : "", help + (is_long ? ":" + value : ""));
    case Takes::value: break;
  }
  return fmt::format("'{}{}{}{}{}'", repeat, name, is_long ? "=" : "+", help, value);
}

// Verbs count as the first word alone; guard's own command line is like a job's.
constexpr std::string_view head = R"(#compdef gpulaunch
# zsh completion for gpulaunch

local -a gpulaunch_verbs=(@VERBS@)
if (( CURRENT > 2 )) && [[ $words[2] == explain ]]; then
  shift words
  (( CURRENT-- ))
  _arguments -s -S \
@EXPLAIN@    '*:FILE:_files'
  return
elif (( CURRENT > 2 )) && [[ $words[2] == guard ]]; then
  shift words
  (( CURRENT-- ))
  gpulaunch_verbs=()
elif (( CURRENT > 2 )); then
  gpulaunch_verbs=()
fi

_arguments -s -S \
)";

std::string verbs() {
  std::string list;
  for (const auto& verb : completed_verbs)
    list += fmt::format("{}'{}:{}'", list.empty() ? "" : " ", verb.name, verb.help);
  return list;
}

std::string explain_arguments() {
  std::string list;
  for (const auto& flag : explain_flags())
    list += fmt::format("    '{}{}{}[{}]{}' \\\n", flag.takes_file ? "*" : "", flag.name, flag.takes_file ? "=" : "",
                        flag.help, flag.takes_file ? ":FILE:_files" : "");
  return list;
}

}  // namespace

std::string zsh_completion(const Catalog& options) {
  auto script = text::replace_all(text::replace_all(head, "@VERBS@", verbs()), "@EXPLAIN@", explain_arguments());
  for (const auto* definition : options) {
    for (const auto& name : spellings(*definition))
      script += fmt::format("  {} \\\n", specification(*definition, name));
  }
  return script +
         "  '(-)1:program:{ _describe -t verbs verb gpulaunch_verbs; _command_names -e; _files }' \\\n"
         "  '*::arguments:_normal'\n";
}

}  // namespace gpulaunch
