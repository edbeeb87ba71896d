#include "gpulaunch/diagnosis/logs/end_words.hpp"

#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/logs/log_ends.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

constexpr std::size_t most_ranks = 65536;

bool is_a_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int whole_number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<int> maybe_number(std::string_view digits) {
  return digits.empty() ? std::nullopt : std::optional(whole_number(digits));
}

std::optional<int> signal_called(std::string_view name) {
  struct Name {
    std::string_view text;
    int number;
  };
  constexpr std::array<Name, 10> names{{{"Killed", 9},
                                        {"Out Of Memory", 9},
                                        {"Segmentation fault", 11},
                                        {"Aborted", 6},
                                        {"Bus error", 7},
                                        {"Illegal instruction", 4},
                                        {"Floating point exception", 8},
                                        {"Terminated", 15},
                                        {"Hangup", 1},
                                        {"Interrupt", 2}}};
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const auto& one) { return name.starts_with(one.text); });
  return found == names.end() ? std::nullopt : std::optional(found->number);
}

std::optional<Outcome> srun_outcome(std::string_view text) {
  constexpr std::string_view exited = "Exited with exit code ";
  if (text.starts_with(exited)) return Outcome::exited(whole_number(text.substr(exited.size())) & 0xff);
  const auto signo = signal_called(text);
  if (!signo) return std::nullopt;
  return Outcome::signaled(*signo, text.find("core dumped") != std::string_view::npos);
}

Outcome python_outcome(int code) {
  const bool is_signal = code < 0 && code >= -signo::max;
  return is_signal ? Outcome::signaled(-code) : Outcome::exited(code & 0xff);
}

std::optional<Outcome> described_outcome(std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  int value = 0;
  if (RE2::PartialMatch(piece, "exited with code (\\d+)", &value)) return Outcome::exited(value & 0xff);
  if (!RE2::PartialMatch(piece, "killed by .*\\(signal (\\d+)", &value) || value > signo::max) return std::nullopt;
  return Outcome::signaled(value, text.find("core dumped") != std::string_view::npos);
}

std::vector<int> ranks_in(std::string_view text) {
  std::vector<int> ranks;
  for (std::size_t at = 0; at < text.size() && ranks.size() < most_ranks;) {
    if (!is_a_digit(text[at])) {
      ++at;
      continue;
    }
    const auto end = std::min(text.find_first_not_of("0123456789-", at), text.size());
    const auto part = text.substr(at, end - at);
    const auto dash = part.find('-');
    const int first = whole_number(part.substr(0, dash));
    const int last = dash == std::string_view::npos ? first : whole_number(part.substr(dash + 1));
    for (int rank = first; rank <= last && ranks.size() < most_ranks; ++rank) ranks.push_back(rank);
    at = end;
  }
  return ranks;
}

}  // namespace gpulaunch
