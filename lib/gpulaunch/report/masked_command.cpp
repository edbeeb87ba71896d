#include "gpulaunch/report/masked_command.hpp"

#include "gpulaunch/base/secrets.hpp"

#include <algorithm>
#include <iterator>

namespace gpulaunch {

std::string masked_word(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) return std::string(word);
  // Flags are written with dashes where variables have underscores.
  std::string name(word.substr(0, equals));
  std::replace(name.begin(), name.end(), '-', '_');
  return std::string(word.substr(0, equals + 1)) + shown_value(name, word.substr(equals + 1));
}

std::string masked_line(std::string_view words) {
  std::string line;
  while (!words.empty()) {
    const auto size = std::min(words.find(' '), words.size());
    line += masked_word(words.substr(0, size));
    words.remove_prefix(size);
    const auto next = std::min(words.find_first_not_of(' '), words.size());
    line += words.substr(0, next);
    words.remove_prefix(next);
  }
  return line;
}

std::vector<std::string> masked_command(const std::vector<std::string>& words) {
  std::vector<std::string> masked;
  std::transform(words.begin(), words.end(), std::back_inserter(masked), masked_word);
  return masked;
}

}  // namespace gpulaunch
