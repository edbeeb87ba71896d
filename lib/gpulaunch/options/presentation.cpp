#include "gpulaunch/options/presentation.hpp"

#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpulaunch {
namespace {

struct GroupTitle {
  Group group;
  std::string_view title;
};
constexpr std::array<GroupTitle, 8> titles{{{Group::job, "Job"},
                                            {Group::devices, "Devices"},
                                            {Group::environment, "Environment"},
                                            {Group::output, "Output"},
                                            {Group::failure, "Failures and signals"},
                                            {Group::report, "Reports"},
                                            {Group::torchrun, "Rendezvous, as torchrun has it"},
                                            {Group::general, "General"}}};

bool is_choice(std::string_view word) {
  const auto fits = [](char c) { return text::is_lower(c) || text::is_digit(c) || c == '-'; };
  return !word.empty() && text::is_lower(word[0]) && std::all_of(word.begin(), word.end(), fits);
}

}  // namespace

std::vector<Section> sections(const Catalog& catalog) {
  std::vector<Section> result;
  for (const auto& [group, title] : titles) {
    Section section{title, {}};
    for (const auto* definition : catalog) {
      if (definition->group == group && definition->standing != Standing::hidden) section.options.push_back(definition);
    }
    result.push_back(std::move(section));
  }
  return result;
}

std::string heading(const OptionDefinition& definition) {
  const auto letter = definition.letter == '\0' ? std::string() : fmt::format("-{}, ", definition.letter);
  const auto value = definition.takes == Takes::flag             ? std::string()
                     : definition.takes == Takes::optional_value ? fmt::format("[={}]", definition.metavar)
                                                                 : fmt::format(" {}", definition.metavar);
  return fmt::format("{}--{}{}", letter, definition.name, value);
}

std::string full_text(const OptionDefinition& definition) {
  return fmt::format("{}.{}{}", definition.help, definition.more.empty() ? "" : " ", definition.more);
}

std::vector<std::string> remarks(const OptionDefinition& definition) {
  std::vector<std::string> result;
  if (!definition.default_text.empty()) result.push_back(fmt::format("default: {}", definition.default_text));
  if (!definition.torchrun.empty() && definition.torchrun != definition.name) {
    result.push_back(fmt::format("also --{}", definition.torchrun));
  }
  if (!definition.pet.empty()) result.push_back(fmt::format("variable {}", definition.pet));
  if (!definition.torch_variable.empty()) {
    result.push_back(fmt::format("called as torchrun also {}", definition.torch_variable));
  }
  return result;
}

std::vector<std::string> spellings(const OptionDefinition& definition) {
  std::vector<std::string> result{fmt::format("--{}", definition.name)};
  if (!definition.torchrun.empty() && definition.torchrun != definition.name) {
    result.push_back(fmt::format("--{}", definition.torchrun));
  }
  if (definition.letter != '\0') result.push_back(fmt::format("-{}", definition.letter));
  return result;
}

std::vector<std::string_view> choices(const OptionDefinition& definition) {
  std::vector<std::string_view> words;
  for (const auto word : text::split(definition.metavar, '|')) {
    if (is_choice(word)) words.push_back(word);
  }
  return words;
}

Completes completes(const OptionDefinition& definition) {
  if (definition.metavar == "DIR") return Completes::folders;
  return definition.metavar.starts_with("FILE") ? Completes::files : Completes::nothing;
}

Catalog offered(const Catalog& catalog) {
  Catalog result;
  const auto works = [](const auto* definition) { return definition->standing == Standing::works; };
  std::copy_if(catalog.begin(), catalog.end(), std::back_inserter(result), works);
  return result;
}

}  // namespace gpulaunch
