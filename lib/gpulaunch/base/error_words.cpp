#include "gpulaunch/base/error_words.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gpulaunch {
namespace {

// "warn" alone would keep what healthy jobs print most, and "fault" is in "default".
constexpr std::array<std::string_view, 28> words{
    " fault",      "abort",    "assert",    "broken",    "cannot",    "corrupt",         "denied",
    "double free", "error",    "exception", "fail",      "fatal",     "invalid pointer", "kill",
    "lost",        "mismatch", "nccl warn", "no space",  "not found", "out of mem",      "refused",
    "reset by",    "segfault", "signal",    "terminate", "timed out", "timeout",         "traceback"};

// The first letters of a text as a number that is the same for both cases (and for a few signs, which is of no matter:
// it only says where a word may begin).
using Letters = std::array<char, 4>;
constexpr std::uint32_t beginning_of(const Letters& letters) {
  return std::bit_cast<std::uint32_t>(letters) & 0x1f1f1f1fU;
}

// The beginnings of all words, hashed into a table that stays in the cache.
class Beginnings {
 public:
  constexpr Beginnings() {
    for (const auto word : words) {
      const auto place = place_of({word[0], word[1], word[2], word[3]});
      bits_[place / 64] |= std::uint64_t{1} << (place % 64);
    }
  }
  [[nodiscard]] constexpr bool may_have(const Letters& letters) const {
    const auto place = place_of(letters);
    return ((bits_[place / 64] >> (place % 64)) & 1U) != 0;
  }

 private:
  static constexpr unsigned place_bits = 13;
  [[nodiscard]] static constexpr std::uint32_t place_of(const Letters& letters) {
    return (beginning_of(letters) * 0x9e3779b1U) >> (32 - place_bits);
  }
  std::array<std::uint64_t, (1U << place_bits) / 64> bits_{};
};

constexpr Beginnings word_beginnings;

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

bool begins_with_a_word(std::string_view text) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return begins_with(text, word); });
}

}  // namespace

bool has_error_word(std::string_view text) {
  Letters letters{};
  for (; text.size() >= letters.size(); text.remove_prefix(1)) {
    std::memcpy(letters.data(), text.data(), letters.size());
    if (word_beginnings.may_have(letters) && begins_with_a_word(text)) return true;
  }
  return false;
}

}  // namespace gpulaunch
