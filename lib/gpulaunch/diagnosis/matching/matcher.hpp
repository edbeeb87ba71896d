// All signatures against the lines of one rank, in one pass: the literals that patterns need (found in one pass)
// decide which patterns are worth compiling and searching in a line, and one that was found is not searched again. RE2
// alone does the matching, so the time is linear in the text whatever it is. Bytes are Latin-1, terminal escapes are
// left out, and of a long line the beginning and the end are looked at.
#pragma once

#include "gpulaunch/diagnosis/matching/signature.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// A signature whose texts (all, any, none) fit the lines of a rank.
struct Sighting {
  std::size_t signature = 0;                 // its index
  std::size_t line = 0;                      // where the first of its patterns was found
  std::size_t last = 0;                      // where the last of those stands that it needs all
  std::map<std::string, std::string> names;  // what the named groups caught, without control characters
};

struct Sightings {
  std::vector<Sighting> found;  // by signature
  std::size_t searches = 0;     // of single patterns in single lines: the work done
};

struct MatcherLimits {
  std::size_t line = 4096;         // bytes of a line that are looked at
  std::int64_t pattern = 1 << 20;  // of one pattern
};

class Matcher {
 public:
  // Patterns that RE2 refuses find nothing. `signatures` must outlive the matcher.
  explicit Matcher(const std::vector<Signature>& signatures, const MatcherLimits& limits = {});
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  Matcher(const Matcher&) = delete;  // compiled patterns are costly
  Matcher& operator=(const Matcher&) = delete;
  ~Matcher();

  // Signatures without any text (by end and evidence alone) are not among the result.
  [[nodiscard]] Sightings sight(const std::vector<std::string_view>& lines) const;

 private:
  class Patterns;
  std::unique_ptr<const Patterns> patterns_;
  const std::vector<Signature>* signatures_;
};

// The line as patterns see it: without terminal escapes, shortened to `limit` bytes.
[[nodiscard]] std::string matchable(std::string_view line, std::size_t limit);

// What is wrong with the pattern; empty when RE2 takes it.
[[nodiscard]] std::string pattern_problem(const std::string& pattern);
// The names of a pattern's groups.
[[nodiscard]] std::set<std::string> pattern_names(const std::string& pattern);

}  // namespace gpulaunch
