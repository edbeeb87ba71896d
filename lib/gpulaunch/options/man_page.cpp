#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/options/man_text.hpp"
#include "gpulaunch/options/presentation.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// Text for roff: a plain '-' would be printed as a hyphen, and a line that begins with '.' or '\'' is a request.
std::string escaped(std::string_view text) {
  auto result = text::replace_all(text, "\\", "\\e");
  result = text::replace_all(result, "-", "\\-");
  result = text::replace_all(result, "'", "\\(aq");
  return result.starts_with('.') ? "\\&" + result : result;
}

// Each sentence on a line of its own, as man(7) wants it.
std::string sentences(std::string_view text) { return text::replace_all(escaped(text), ". ", ".\n"); }

std::string names_in_bold(const OptionDefinition& definition) {
  std::string names;
  if (definition.letter != '\0') names = fmt::format("\\fB\\-{}\\fR, ", definition.letter);
  return names + fmt::format("\\fB\\-\\-{}\\fR", escaped(definition.name));
}

std::string value_in_italics(const OptionDefinition& definition) {
  if (definition.takes == Takes::flag) return {};
  const auto value = fmt::format("\\fI{}\\fR", escaped(definition.metavar));
  return definition.takes == Takes::optional_value ? fmt::format("[={}]", value) : " " + value;
}

std::string entry(const OptionDefinition& definition) {
  auto text = fmt::format(".TP\n{}{}\n{}\n", names_in_bold(definition), value_in_italics(definition),
                          sentences(full_text(definition)));
  std::string notes;
  for (const auto& remark : remarks(definition)) notes += (notes.empty() ? "" : "; ") + escaped(remark);
  if (!notes.empty()) text += fmt::format("({}.)\n", notes);
  return text;
}

}  // namespace

std::string man_page(std::string_view version) {
  auto page = fmt::format(".TH GPULAUNCH 1 {} \"gpulaunch {}\" \"User Commands\"\n", man_text::date, version);
  page += man_text::before_options;
  for (const auto& section : sections(make_catalog())) {
    page += fmt::format(".SS {}\n", section.title);
    for (const auto* definition : section.options) page += entry(*definition);
  }
  page += man_text::after_options;
  return page;
}

}  // namespace gpulaunch
