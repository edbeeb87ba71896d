#include "gpulaunch/base/secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace gpulaunch {

bool is_secret_name(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return char(std::toupper(c)); });
  constexpr std::array<std::string_view, 3> marks{"TOKEN", "SECRET", "PASSWORD"};
  const auto contains = [&](std::string_view mark) { return upper.find(mark) != std::string::npos; };
  return std::any_of(marks.begin(), marks.end(), contains) || upper.ends_with("_KEY");
}

std::string shown_value(std::string_view name, std::string_view value) {
  return !value.empty() && is_secret_name(name) ? "***" : std::string(value);
}

}  // namespace gpulaunch
