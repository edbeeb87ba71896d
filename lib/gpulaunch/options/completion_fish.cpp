#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/explain.hpp"
#include "gpulaunch/options/presentation.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// Where PROGRAM is among the words before the cursor: options belong to us only before it.
constexpr std::string_view head = R"(# fish completion for gpulaunch
function __gpulaunch_program
    set -l valued @VALUED@
    set -l words (commandline -opc)
    set -l skip 1
    for i in (seq (count $words))
        if test $skip = 1
            set skip 0
            continue
        end
        switch $words[$i]
            case --
                test (count $words) -gt $i; and math $i + 1; and return 0
                return 1
            case '--*=*'
            case '-*'
                contains -- $words[$i] $valued; and set skip 1
            case '*'
                test $i = 2; and test $words[2] = guard; and continue
                echo $i
                return 0
        end
    end
    return 1
end
function __gpulaunch_before_program
    not __gpulaunch_program >/dev/null
end
function __gpulaunch_at_verb
    test (count (commandline -opc)) -eq 1
end
function __gpulaunch_explains
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test $words[2] = explain
end
function __gpulaunch_after_program
    not __gpulaunch_explains; and not __gpulaunch_before_program
end
function __gpulaunch_arguments
    set -l first (__gpulaunch_program); or return
    set -l words (commandline -opc) (commandline -ct)
    complete -C (string join -- ' ' (string escape -- $words[$first..-1]))
end

complete -c gpulaunch -f
complete -c gpulaunch -n __gpulaunch_before_program -F -a '(__fish_complete_command)'
complete -c gpulaunch -n __gpulaunch_after_program -a '(__gpulaunch_arguments)'
complete -c gpulaunch -n __gpulaunch_explains -F
)";

std::string escaped(std::string_view text) {
  return text::replace_all(text::replace_all(text, "\\", "\\\\"), "'", "\\'");
}

std::string value_part(const OptionDefinition& definition) {
  if (definition.takes != Takes::value) return {};
  const auto words = choices(definition);
  if (!words.empty()) return fmt::format(" -x -a '{}'", fmt::join(words, " "));
  switch (completes(definition)) {
    case Completes::files: return " -r -F";
    case Completes::folders: return " -x -a '(__fish_complete_directories)'";
    case Completes::nothing: break;
  }
  return " -x";
}

std::string entry(const OptionDefinition& definition) {
  std::string line = "complete -c gpulaunch -n __gpulaunch_before_program";
  if (definition.letter != '\0') line += fmt::format(" -s {}", definition.letter);
  line += fmt::format(" -l {}", definition.name);
  if (!definition.torchrun.empty() && definition.torchrun != definition.name) {
    line += fmt::format(" -l {}", definition.torchrun);
  }
  return fmt::format("{}{} -d '{}'\n", line, value_part(definition), escaped(definition.help));
}

std::string verb_entries() {
  std::string entries;
  for (const auto& verb : completed_verbs)
    entries += fmt::format("complete -c gpulaunch -n __gpulaunch_at_verb -a {} -d '{}'\n", verb.name, verb.help);
  for (const auto& flag : explain_flags()) {
    const bool is_long = flag.name.starts_with("--");
    entries += fmt::format("complete -c gpulaunch -n __gpulaunch_explains -{} {}{} -d '{}'\n", is_long ? 'l' : 's',
                           flag.name.substr(is_long ? 2 : 1), flag.takes_file ? " -r -F" : "", flag.help);
  }
  return entries;
}

}  // namespace

std::string fish_completion(const Catalog& options) {
  auto entries = verb_entries();
  std::string valued;
  for (const auto* definition : options) {
    entries += entry(*definition);
    if (definition->takes != Takes::value) continue;
    for (const auto& name : spellings(*definition)) valued += (valued.empty() ? "" : " ") + name;
  }
  return text::replace_all(head, "@VALUED@", valued) + entries;
}

}  // namespace gpulaunch
