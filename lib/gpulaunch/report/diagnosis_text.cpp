#include "gpulaunch/report/diagnosis_text.hpp"

#include "gpulaunch/report/narrative.hpp"
#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace gpulaunch {
namespace {

constexpr std::size_t paragraph_columns = 110;
constexpr std::size_t longest_paragraph = 900;
constexpr std::string_view first_indent = "  ";
constexpr std::string_view next_indent = "    ";

void add_paragraph(std::vector<std::string>& lines, std::string_view label, const std::string& text) {
  const auto paragraph = printable_line(fmt::format("{}: {}", label, text), longest_paragraph);
  for (auto& line : wrapped(paragraph, paragraph_columns)) lines.push_back(std::move(line));
}

// Who is meant, where it is somebody else: a rank that we stopped, or several.
std::string suspects(const Diagnosis& diagnosis, const RankNaming& names, std::optional<int> named) {
  const bool is_named = named && diagnosis.culprits == std::vector<int>{*named};
  if (diagnosis.everyone || diagnosis.culprits.empty() || is_named) return "";
  return fmt::format(", {}", names(diagnosis.culprits));
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::string line(first_indent);
  bool empty = true;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!empty && line.size() + 1 + word.size() > columns) {
      lines.push_back(std::move(line));
      line = next_indent;
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  if (!empty) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> diagnosis_lines(const Diagnosis& diagnosis, const RankNaming& names,
                                         std::optional<int> named) {
  std::vector<std::string> lines;
  if (diagnosis.cause.empty()) return lines;
  const auto label = fmt::format("cause ({}{})", strength_text(diagnosis.strength), suspects(diagnosis, names, named));
  add_paragraph(lines, label, diagnosis.cause);
  if (diagnosis.quote) lines.push_back("  | " + printable_line(diagnosis.quote->line, shown_columns));
  if (!diagnosis.fix.empty()) add_paragraph(lines, "fix", diagnosis.fix);
  if (!diagnosis.evidence.empty())
    add_paragraph(lines, "evidence", fmt::format("{}", fmt::join(diagnosis.evidence, "; ")));
  return lines;
}

}  // namespace gpulaunch
