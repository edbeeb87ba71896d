#include "gpulaunch/diagnosis/matching/literal_finder.hpp"

#include <algorithm>
#include <cstring>

namespace gpulaunch {

std::uint32_t LiteralFinder::beginning(const char* text) {
  std::uint32_t letters = 0;
  std::memcpy(&letters, text, sizeof letters);
  return letters;
}

std::size_t LiteralFinder::add(const std::string& literal) {
  auto& alike = by_beginning_[beginning(literal.data())];
  for (const auto known : alike) {
    if (literals_[known] == literal) return known;
  }
  alike.push_back(literals_.size());
  literals_.push_back(literal);
  return alike.back();
}

std::vector<std::size_t> LiteralFinder::find(std::string_view text) const {
  std::vector<std::size_t> found;
  for (; text.size() >= shortest_literal; text.remove_prefix(1)) {
    const auto alike = by_beginning_.find(beginning(text.data()));
    if (alike == by_beginning_.end()) continue;
    for (const auto one : alike->second) {
      if (text.starts_with(literals_[one])) found.push_back(one);
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace gpulaunch
