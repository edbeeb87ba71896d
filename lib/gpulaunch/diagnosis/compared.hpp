// What the rules of blame share: which testimonies to compare, and which of several came first.
#pragma once

#include "gpulaunch/diagnosis/blame.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace gpulaunch {

using Some = std::vector<const Testimony*>;

constexpr Nanos same_moment = std::chrono::milliseconds(1);

template <class Predicate>
Some those(const std::vector<Testimony>& testimonies, Predicate predicate) {
  Some found;
  for (const auto& one : testimonies) {
    if (predicate(one)) found.push_back(&one);
  }
  return found;
}

// A saved log does not say that its rank failed, and a rank that hangs may have died but for its name: their words do.
[[nodiscard]] bool may_be_blamed(const Testimony& one);
// Nothing is known of it: its host is gone, or it left no log.
[[nodiscard]] bool is_unheard(const Testimony& one);

[[nodiscard]] std::optional<Nanos> time_of_words(const Testimony& one);
// By their words, if it is known of all when they were read; else by their ends. An unknown time is later than a known
// one. `some` is not empty.
[[nodiscard]] const Testimony* earliest(const Some& some);
// When the first of those that failed ended.
[[nodiscard]] std::optional<Nanos> first_end(const std::vector<Testimony>& all);

[[nodiscard]] std::size_t job_size(const CaseFile& file);
[[nodiscard]] Blame blame_of(Blame::Ground ground, Some culprits, const Testimony* speaker);

}  // namespace gpulaunch
