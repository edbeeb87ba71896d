#include "gpulaunch/options/text.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

// What a backslash and this character stand for between double quotes; other pairs stay as they are.
std::string unescaped(char c) {
  switch (c) {
    case 'n': return "\n";
    case 't': return "\t";
    case '\\':
    case '"':
    case '$': return {c};
    default: return {'\\', c};
  }
}

// Only blanks and a comment may follow a closing quote.
bool ends_here(std::string_view rest) {
  rest = text::trim(rest);
  return rest.empty() || rest.starts_with('#');
}

Result<std::string> single_quoted(std::string_view text) {
  const auto close = text.find('\'', 1);
  if (close == std::string_view::npos) return fail(ErrorKind::usage, "the quote ' is not closed on this line");
  if (!ends_here(text.substr(close + 1))) return fail(ErrorKind::usage, "there is text after the closing quote");
  return std::string(text.substr(1, close - 1));
}

Result<std::string> double_quoted(std::string_view text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (!ends_here(text.substr(i + 1))) return fail(ErrorKind::usage, "there is text after the closing quote");
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      value += unescaped(text[++i]);
    } else {
      value += text[i];
    }
  }
  return fail(ErrorKind::usage, "the quote \" is not closed on this line");
}

// A '#' begins a comment where a blank stands before it.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && text::is_blank(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

// Blanks around a value do not belong to it, as in the files that Docker and systemd read.
Result<std::string> read_value(std::string_view text) {
  const auto trimmed = text::trim(text);
  if (trimmed.starts_with('\'')) return single_quoted(trimmed);
  if (trimmed.starts_with('"')) return double_quoted(trimmed);
  return std::string(text::trim(without_comment(text)));
}

std::string_view without_export(std::string_view line) {
  constexpr std::string_view keyword = "export";
  if (!line.starts_with(keyword) || line.size() == keyword.size() || !text::is_blank(line[keyword.size()])) return line;
  return text::trim(line.substr(keyword.size()));
}

Result<EnvAssignment> read_line(std::string_view line) {
  auto assignment = parse_env_assignment(without_export(line));
  if (!assignment) return assignment;
  return read_value(assignment->value).map([&](std::string value) {
    return EnvAssignment{assignment->name, std::move(value)};
  });
}

}  // namespace

Result<std::vector<EnvAssignment>> parse_env_file(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::vector<EnvAssignment> assignments;
  int number = 0;
  for (const auto raw : text::split(text, '\n')) {
    ++number;
    const auto line = text::trim(raw);
    if (line.empty() || line.starts_with('#')) continue;
    auto assignment = read_line(line);
    if (!assignment) return tl::unexpected(in_context(fmt::format("line {}", number), assignment.error()));
    assignments.push_back(*std::move(assignment));
  }
  return assignments;
}

}  // namespace gpulaunch
