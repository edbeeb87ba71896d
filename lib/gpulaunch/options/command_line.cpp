#include "gpulaunch/options/command_line.hpp"

#include "gpulaunch/options/catalog.hpp"
#include "gpulaunch/options/config_file.hpp"
#include "gpulaunch/options/normalise.hpp"
#include "gpulaunch/options/value_parsers.hpp"
#include "gpulaunch/options/variable_defaults.hpp"
#include "gpulaunch/options/word_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gpulaunch {
namespace {

Mode mode_of(const CommandLineInput& input) {
  if (input.program_name == "torchrun") return Mode::torchrun;
  return !input.words.empty() && input.words.front() == "guard" ? Mode::guard : Mode::gpulaunch;
}

// Verbs that later versions have. They are words of the launcher already, so that no script comes to rely on a program
// of that name; torchrun has no verbs.
Result<void> refuse_later_verb(const CommandLineInput& input, Mode mode) {
  constexpr std::array<std::string_view, 3> verbs{"map", "check", "ps"};
  if (mode == Mode::torchrun || input.words.empty()) return {};
  const auto& word = input.words.front();
  if (std::find(verbs.begin(), verbs.end(), word) == verbs.end()) return {};
  return fail(ErrorKind::usage, fmt::format("'{0}' is not available in this version; to run a program of that name "
                                            "write ./{0} or -- {0}",
                                            word));
}

Result<Invocation> explaining(const CommandLineInput& input) {
  auto options = parse_explain({input.words.begin() + 1, input.words.end()});
  if (!options) return tl::unexpected(std::move(options.error()));
  Invocation invocation;
  invocation.verb = Verb::explain;
  invocation.explain = *std::move(options);
  return invocation;
}

Result<Invocation> other_than_run(const NormalisedLine& line) {
  Invocation invocation;
  invocation.verb = line.verb;
  if (line.verb != Verb::completion) return invocation;
  Draft draft;
  const auto applied = apply_occurrence(line.occurrences.back(), draft);
  if (!applied) return tl::unexpected(applied.error());
  invocation.completion_shell = std::move(draft.completion_shell);
  return invocation;
}

// What the three sources give, from the highest to the lowest.
struct Sources {
  std::vector<Occurrence> words;
  std::vector<Occurrence> variables;
  std::vector<Occurrence> config;
};

Result<std::vector<Occurrence>> read_config(const CommandLineInput& input, const std::vector<Occurrence>& words,
                                            const Catalog& catalog) {
  const auto is_config = [](const Occurrence& occurrence) { return occurrence.definition->name == "config"; };
  const auto last = std::find_if(words.rbegin(), words.rend(), is_config);
  if (last == words.rend()) return {};
  const auto path = parse_text(last->value);
  if (!path) return tl::unexpected(in_context(last->source, path.error()));
  const auto content = input.read_file(*path);
  if (!content) return fail(ErrorKind::usage, fmt::format("{}: {}", last->source, content.error().message));
  return parse_config_file(*content, *path, catalog);
}

bool names(const std::vector<Occurrence>& occurrences, const OptionDefinition* definition) {
  const auto is_it = [definition](const Occurrence& occurrence) { return occurrence.definition == definition; };
  return std::any_of(occurrences.begin(), occurrences.end(), is_it);
}

// A value that a higher source replaces is not even looked at: a flag helps out of a bad variable.
Result<void> apply_all(const std::vector<Occurrence>& occurrences, const std::vector<Occurrence>& higher,
                       const std::vector<Occurrence>& highest, Draft& draft) {
  for (const auto& occurrence : occurrences) {
    const auto* definition = occurrence.definition;
    const bool replaced = names(higher, definition) || names(highest, definition);
    if (replaced && definition->repeats != Repeats::merges) continue;
    auto applied = apply_occurrence(occurrence, draft);
    if (!applied) return applied;
  }
  return {};
}

Result<void> apply_sources(const Sources& sources, Draft& draft) {
  if (auto config = apply_all(sources.config, sources.variables, sources.words, draft); !config) return config;
  if (auto variables = apply_all(sources.variables, sources.words, {}, draft); !variables) return variables;
  return apply_all(sources.words, {}, {}, draft);
}

// One command, as it is, on our own descriptors.
Options guarding(Options options) {
  options.job.no_python = true;
  options.job.devices = DeviceMode::none;
  options.output.stdio = StdioMode::inherit;
  return options;
}

Result<void> check_guarded(const Options& options) {
  if (options.command.empty() || options.command.front().empty()) {
    return fail(ErrorKind::usage, "no COMMAND to guard (usage: gpulaunch guard [options] COMMAND [args...])");
  }
  return {};
}

Result<void> check_command(const Options& options) {
  if (options.mode == Mode::guard) return check_guarded(options);
  const auto what = options.job.module ? "MODULE" : "PROGRAM";
  const auto name = options.mode == Mode::torchrun ? "torchrun" : "gpulaunch";
  if (options.command.empty()) {
    return fail(ErrorKind::usage,
                fmt::format("no {0} to run (usage: {1} [options] {0} [args...]; {1} --help)", what, name));
  }
  if (options.command.front().empty()) return fail(ErrorKind::usage, fmt::format("{} is an empty word", what));
  return {};
}

Result<Invocation> run_of(const CommandLineInput& input, NormalisedLine line, Mode mode, const Catalog& catalog) {
  auto words = parse_words(line);
  if (!words) return tl::unexpected(std::move(words.error()));
  auto config = read_config(input, *words, catalog);
  if (!config) return tl::unexpected(std::move(config.error()));
  const Sources sources{*std::move(words), variable_defaults(catalog, mode, input.variable), *std::move(config)};
  Draft draft;
  draft.read_file = input.read_file;
  draft.options.mode = mode;
  // A server passes signals on to its workers itself.
  if (mode == Mode::guard) draft.options.failure.signal_scope = SignalScope::leader;
  if (auto applied = apply_sources(sources, draft); !applied) return tl::unexpected(std::move(applied.error()));
  Invocation invocation;
  invocation.options = finish_draft(std::move(draft));
  if (mode == Mode::guard) invocation.options = guarding(std::move(invocation.options));
  invocation.options.command = std::move(line.command);
  if (auto checked = check_command(invocation.options); !checked) return tl::unexpected(std::move(checked.error()));
  return invocation;
}

}  // namespace

Result<void> apply_occurrence(const Occurrence& occurrence, Draft& draft) {
  const auto& definition = *occurrence.definition;
  if (draft.options.mode == Mode::guard && !applies_to_guard(definition)) {
    return fail(
        ErrorKind::usage,
        fmt::format("{} has no meaning for guard, which starts one command and adds nothing to it", occurrence.source));
  }
  draft.source = occurrence.source;
  const auto applied = definition.apply(draft, occurrence.value);
  if (!applied) return tl::unexpected(in_context(occurrence.source, applied.error()));
  if (!definition.notice.empty()) draft.notice(definition.notice);
  return {};
}

Result<Invocation> parse_command_line(const CommandLineInput& input) {
  const auto mode = mode_of(input);
  if (auto refused = refuse_later_verb(input, mode); !refused) return tl::unexpected(std::move(refused.error()));
  const bool explains = mode == Mode::gpulaunch && !input.words.empty() && input.words.front() == "explain";
  if (explains) return explaining(input);
  const auto catalog = make_catalog();
  auto words = input.words;
  if (mode == Mode::guard) words.erase(words.begin());
  auto line = normalise(words, mode, catalog);
  if (!line) return tl::unexpected(std::move(line.error()));
  if (line->verb != Verb::run) return other_than_run(*line);
  return run_of(input, *std::move(line), mode, catalog);
}

}  // namespace gpulaunch
