// Finds which of many texts are in a line, in one pass: the first letters of each lead to those that begin alike. Made
// in microseconds, because it is made after each failure. Pure.
#pragma once

#include "gpulaunch/diagnosis/matching/needed_literal.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gpulaunch {

class LiteralFinder {
 public:
  // A text of shortest_literal bytes at least. Its number: how many were added before, or its old one.
  std::size_t add(const std::string& literal);
  [[nodiscard]] std::size_t size() const { return literals_.size(); }
  // The numbers of those that `text` has, each once, in ascending order.
  [[nodiscard]] std::vector<std::size_t> find(std::string_view text) const;

 private:
  static_assert(shortest_literal == sizeof(std::uint32_t));
  [[nodiscard]] static std::uint32_t beginning(const char* text);

  std::vector<std::string> literals_;
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_beginning_;
};

}  // namespace gpulaunch
