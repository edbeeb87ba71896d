#include "gpulaunch/options/completion.hpp"
#include "gpulaunch/options/explain.hpp"
#include "gpulaunch/options/presentation.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// Finds PROGRAM, skipping the values of options; where it is already there, the rest is that command's business.
constexpr std::string_view head = R"(# bash completion for gpulaunch
_gpulaunch_value() {
    case $1 in
)";

constexpr std::string_view middle = R"(    *) return 1 ;;
    esac
}

_gpulaunch_explain() {
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "@EXPLAIN@" -- "$cur"))
    else
        [[ $cur == "=" ]] && cur=
        COMPREPLY=($(compgen -f -- "$cur"))
    fi
}

_gpulaunch() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} first=1 i word
    local valued=" @VALUED@ "
    COMPREPLY=()
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
        explain)
            _gpulaunch_explain
            return
            ;;
        guard) first=2 ;;
        esac
    fi
    for ((i = first; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -- ]]; then
            ((i++))
            break
        elif [[ $word != -* ]]; then
            break
        elif [[ ${COMP_WORDS[i+1]} == "=" ]]; then
            ((i += 2))
        elif [[ $valued == *" $word "* ]]; then
            ((i++))
        fi
    done
    if ((i < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            COMPREPLY=($(compgen -f -- "$cur"))
        fi
        return
    fi
    if [[ $cur == "=" ]]; then
        cur=
    elif [[ $prev == "=" ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    _gpulaunch_value "$prev" && return
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "@NAMES@" -- "$cur"))
    elif ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "@VERBS@" -c -f -- "$cur"))
    else
        COMPREPLY=($(compgen -c -f -- "$cur"))
    fi
}
complete -o filenames -o bashdefault -F _gpulaunch gpulaunch
)";

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

template <class Named>
std::string joined_names(const Named& all) {
  std::string names;
  for (const auto& one : all) names.append(names.empty() ? "" : " ").append(one.name);
  return names;
}

std::string answer(const OptionDefinition& definition) {
  const auto words = choices(definition);
  if (!words.empty()) return fmt::format("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", fmt::join(words, " "));
  switch (completes(definition)) {
    case Completes::files: return "COMPREPLY=($(compgen -f -- \"$cur\"))";
    case Completes::folders: return "COMPREPLY=($(compgen -d -- \"$cur\"))";
    case Completes::nothing: break;
  }
  return ":";
}

}  // namespace

std::string bash_completion(const Catalog& options) {
  std::string script(head);
  std::vector<std::string> names;
  std::vector<std::string> valued;
  for (const auto* definition : options) {
    const auto spelled = spellings(*definition);
    names.insert(names.end(), spelled.begin(), spelled.end());
    if (definition->takes != Takes::value) continue;
    valued.insert(valued.end(), spelled.begin(), spelled.end());
    script += fmt::format("    {}) {} ;;\n", joined(spelled, " | "), answer(*definition));
  }
  auto body = text::replace_all(middle, "@VALUED@", joined(valued, " "));
  body = text::replace_all(body, "@EXPLAIN@", joined_names(explain_flags()));
  body = text::replace_all(body, "@VERBS@", joined_names(completed_verbs));
  return script + text::replace_all(body, "@NAMES@", joined(names, " "));
}

}  // namespace gpulaunch
