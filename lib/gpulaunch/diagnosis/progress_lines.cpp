#include "gpulaunch/diagnosis/progress_lines.hpp"

#include "gpulaunch/base/error_words.hpp"
#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>

namespace gpulaunch {
namespace {

constexpr std::size_t longest = 512;  // bytes of a line that are looked at
constexpr int enough = 3;

struct Counted {
  std::string shape;  // the line with a sign for each number
  long long first = 0;
};

std::optional<Counted> read_counted(std::string_view line) {
  line = line.substr(0, longest);
  const auto letters = std::count_if(line.begin(), line.end(), [](char c) { return text::is_lower(text::lower(c)); });
  const auto begin = std::find_if(line.begin(), line.end(), text::is_digit);
  if (letters < 3 || begin == line.end() || has_error_word(line)) return std::nullopt;
  Counted counted;
  if (std::from_chars(&*begin, line.data() + line.size(), counted.first).ec != std::errc()) return std::nullopt;
  for (const char c : line) {
    if (!text::is_digit(c))
      counted.shape += c;
    else if (!counted.shape.ends_with('#'))
      counted.shape += '#';
  }
  // Columns may be padded.
  std::erase(counted.shape, ' ');
  return counted;
}

}  // namespace

std::optional<std::size_t> last_progress(std::span<const std::string_view> lines) {
  struct Run {
    long long last = 0;
    int count = 0;
  };
  std::unordered_map<std::string, Run> runs;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto counted = read_counted(lines[i]);
    if (!counted) continue;
    auto& run = runs[counted->shape];
    run.count = run.count > 0 && counted->first > run.last ? run.count + 1 : 1;
    run.last = counted->first;
    if (run.count >= enough) found = i;
  }
  return found;
}

}  // namespace gpulaunch
