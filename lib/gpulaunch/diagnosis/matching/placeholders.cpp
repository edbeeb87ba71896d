#include "gpulaunch/diagnosis/matching/placeholders.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace gpulaunch {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

struct Placeholder {
  std::size_t begin;
  std::size_t end;  // behind the brace
  std::string name;
};

std::optional<Placeholder> next_placeholder(std::string_view text, std::size_t from) {
  for (auto open = text.find('{', from); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return std::nullopt;
    const auto name = text.substr(open + 1, close - open - 1);
    if (is_name(name)) return Placeholder{open, close + 1, std::string(name)};
  }
  return std::nullopt;
}

// "a in 'x' ({…})" and "port {…}" lose brackets, quotes and a noun that stands for nothing without its name.
void drop_opening(std::string& text, std::string_view& rest) {
  constexpr std::array<std::pair<char, char>, 4> pairs{{{'(', ')'}, {'\'', '\''}, {'"', '"'}, {'`', '`'}}};
  for (const auto& [open, close] : pairs) {
    if (!text.empty() && text.back() == open && rest.starts_with(close)) {
      text.pop_back();
      rest.remove_prefix(1);
    }
  }
  while (!text.empty() && text.back() == ' ' &&
         (rest.empty() || rest.front() == ' ' || rest.front() == '.' || rest.front() == ','))
    text.pop_back();
}

}  // namespace

std::set<std::string> placeholders(std::string_view text) {
  std::set<std::string> names;
  for (auto next = next_placeholder(text, 0); next; next = next_placeholder(text, next->end)) names.insert(next->name);
  return names;
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& names) {
  std::string result;
  for (auto next = next_placeholder(text, 0); next; next = next_placeholder(text, 0)) {
    result += text.substr(0, next->begin);
    text.remove_prefix(next->end);
    const auto found = names.find(next->name);
    if (found != names.end() && !found->second.empty()) {
      result += found->second;
    } else {
      drop_opening(result, text);
    }
  }
  return result.append(text);
}

}  // namespace gpulaunch
