#include "gpulaunch/options/word_parser.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace gpulaunch {
namespace {

// Put before every value while CLI11 has it: no value can then look like an option, a terminator, a list in brackets
// or nothing at all, all of which CLI11 would read in ways of its own (and differently from version to version).
constexpr char guard = '=';

struct Registered {
  const OptionDefinition* definition = nullptr;
  std::size_t taken = 0;
};
using Registry = std::map<const CLI::Option*, Registered>;

Registry register_options(CLI::App& app, const NormalisedLine& line) {
  Registry registry;
  for (const auto& occurrence : line.occurrences) {
    const auto* definition = occurrence.definition;
    const auto is_known = [definition](const auto& entry) { return entry.second.definition == definition; };
    if (std::any_of(registry.begin(), registry.end(), is_known)) continue;
    auto* option = app.add_option("--" + std::string(definition->name), CLI::callback_t{});
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    registry[option] = {definition, 0};
  }
  return registry;
}

// CLI11 wants them last word first.
std::vector<std::string> words_for_cli11(const NormalisedLine& line) {
  std::vector<std::string> words;
  for (const auto& occurrence : line.occurrences) {
    words.push_back("--" + std::string(occurrence.definition->name));
    words.push_back(guard + occurrence.value);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::vector<Occurrence> collect(const CLI::App& app, Registry& registry, const NormalisedLine& line) {
  std::vector<Occurrence> occurrences;
  for (const auto* option : app.parse_order()) {
    auto& registered = registry.at(option);
    const auto& source = line.occurrences.at(occurrences.size()).source;
    occurrences.push_back({registered.definition, source, option->results().at(registered.taken++).substr(1)});
  }
  return occurrences;
}

}  // namespace

Result<std::vector<Occurrence>> parse_words(const NormalisedLine& line) {
  try {
    CLI::App app;
    app.set_help_flag();
    auto registry = register_options(app, line);
    app.parse(words_for_cli11(line));
    return collect(app, registry, line);
  } catch (const CLI::Error& error) {
    return fail(ErrorKind::usage, error.what());
  }
}

}  // namespace gpulaunch
