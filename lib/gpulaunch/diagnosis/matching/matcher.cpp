#include "gpulaunch/diagnosis/matching/matcher.hpp"

#include "gpulaunch/diagnosis/matching/literal_finder.hpp"
#include "gpulaunch/diagnosis/matching/needed_literal.hpp"
#include "gpulaunch/options/text.hpp"

#include <algorithm>
#include <optional>
#include <re2/re2.h>
#include <unordered_map>
#include <utility>

namespace gpulaunch {
namespace {

using Names = std::map<std::string, std::string>;

re2::RE2::Options pattern_options(std::int64_t memory) {
  re2::RE2::Options options(re2::RE2::Latin1);  // a byte is a character: there is no invalid text
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

bool is_final(unsigned char c) { return c >= 0x40 && c <= 0x7e; }

// Where the terminal escape that begins at `at` ends: CSI … final byte, OSC … BEL or ST, or two bytes.
std::size_t escape_end(std::string_view text, std::size_t at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  at = std::min(at + 2, text.size());
  if (kind == '[') {
    while (at < text.size() && !is_final(static_cast<unsigned char>(text[at]))) ++at;
    return std::min(at + 1, text.size());
  }
  if (kind == ']') {
    while (at < text.size() && text[at] != '\a' && text[at] != '\x1b') ++at;
    return std::min(at + (at < text.size() && text[at] == '\x1b' ? 2U : 1U), text.size());
  }
  return at;
}

std::string without_escapes(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto escape = std::min(text.find('\x1b', at), text.size());
    result += text.substr(at, escape - at);
    at = escape < text.size() ? escape_end(text, escape) : escape;
  }
  return result;
}

// A caught text goes into a sentence: one line, not too long.
std::string presentable(std::string_view caught) {
  constexpr std::size_t longest = 200;
  std::string result(caught.substr(0, longest));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return result;
}

void keep_names(const re2::RE2& pattern, std::string_view text, Names& names) {
  if (pattern.NamedCapturingGroups().empty()) return;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece piece(text.data(), text.size());
  if (!pattern.Match(piece, 0, piece.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
    return;
  for (const auto& [name, index] : pattern.NamedCapturingGroups()) {
    const auto& group = groups[static_cast<std::size_t>(index)];
    if (!group.empty()) names.try_emplace(name, presentable({group.data(), group.size()}));
  }
}

}  // namespace

// The distinct patterns of all signatures, and the literals that tell which of them a line may fit. A pattern is
// compiled when a line has its literal, which most of them never see: compiling all of them takes longer than anything
// else here.
class Matcher::Patterns {
 public:
  struct Find {
    std::size_t line;
    Names names;
  };
  using Finds = std::vector<std::optional<Find>>;  // by pattern

  // A signature's patterns as indices.
  struct Wanted {
    std::vector<std::size_t> all, any, none;
  };

  Patterns(const std::vector<Signature>& signatures, const MatcherLimits& limits) : limits_(limits) {
    for (const auto& signature : signatures) {
      wanted_.push_back({indices(signature.all), indices(signature.any), indices(signature.none)});
    }
  }

  [[nodiscard]] const Wanted& wanted(std::size_t signature) const { return wanted_[signature]; }

  [[nodiscard]] Finds search(const std::vector<std::string_view>& lines, Sightings& result) const {
    Finds finds(patterns_.size());
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const auto text = matchable(lines[line], limits_.line);
      for (const auto pattern : candidates(text)) {
        if (finds[pattern]) continue;
        ++result.searches;
        const auto& regexp = patterns_[pattern].compiled(limits_);
        if (!regexp.ok() || !re2::RE2::PartialMatch(text, regexp)) continue;
        finds[pattern] = Find{line, {}};
        keep_names(regexp, text, finds[pattern]->names);
      }
    }
    return finds;
  }

 private:
  struct Pattern {
    std::string source;
    mutable std::unique_ptr<const re2::RE2> regexp{};

    [[nodiscard]] const re2::RE2& compiled(const MatcherLimits& limits) const {
      if (!regexp) regexp = std::make_unique<const re2::RE2>(source, pattern_options(limits.pattern));
      return *regexp;
    }
  };

  std::vector<std::size_t> indices(const std::vector<std::string>& sources) {
    std::vector<std::size_t> result;
    for (const auto& source : sources) result.push_back(index(source));
    return result;
  }

  std::size_t index(const std::string& source) {
    const auto [known, is_new] = index_.try_emplace(source, patterns_.size());
    if (is_new) {
      patterns_.push_back({source});
      file(known->second, needed_literal(source));
    }
    return known->second;
  }

  void file(std::size_t pattern, const std::string& literal) {
    if (literal.empty()) return always_.push_back(pattern);
    const auto number = literals_.add(literal);
    by_literal_.resize(literals_.size());
    by_literal_[number].push_back(pattern);
  }

  [[nodiscard]] std::vector<std::size_t> candidates(std::string_view line) const {
    auto found = always_;
    for (const auto literal : literals_.find(text::lower(line)))
      found.insert(found.end(), by_literal_[literal].begin(), by_literal_[literal].end());
    return found;
  }

  MatcherLimits limits_;
  std::vector<Pattern> patterns_;
  std::unordered_map<std::string, std::size_t> index_;
  LiteralFinder literals_;
  std::vector<std::vector<std::size_t>> by_literal_;  // the patterns that need it
  std::vector<std::size_t> always_;                   // patterns without a literal
  std::vector<Wanted> wanted_;
};

namespace {

// What the patterns of one signature found together.
template <class Finds, class Wanted>
std::optional<Sighting> sighting_of(const Wanted& wanted, const Finds& finds) {
  Sighting sighting;
  bool placed = false;
  const auto take = [&](std::size_t pattern) {
    if (!finds[pattern]) return false;
    if (!std::exchange(placed, true)) sighting.line = finds[pattern]->line;
    sighting.last = std::max(sighting.last, finds[pattern]->line);
    sighting.names.insert(finds[pattern]->names.begin(), finds[pattern]->names.end());
    return true;
  };
  if (std::any_of(wanted.none.begin(), wanted.none.end(), [&](std::size_t one) { return finds[one].has_value(); }))
    return std::nullopt;
  if (std::count_if(wanted.all.begin(), wanted.all.end(), take) != std::ssize(wanted.all)) return std::nullopt;
  const auto last = sighting.last;
  if (!wanted.any.empty() && std::count_if(wanted.any.begin(), wanted.any.end(), take) == 0) return std::nullopt;
  sighting.last = wanted.all.empty() ? sighting.line : last;
  return placed ? std::optional(std::move(sighting)) : std::nullopt;
}

}  // namespace

Matcher::Matcher(const std::vector<Signature>& signatures, const MatcherLimits& limits)
    : patterns_(std::make_unique<const Patterns>(signatures, limits)), signatures_(&signatures) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Sightings Matcher::sight(const std::vector<std::string_view>& lines) const {
  Sightings result;
  const auto finds = patterns_->search(lines, result);
  for (std::size_t i = 0; i < signatures_->size(); ++i) {
    auto sighting = sighting_of(patterns_->wanted(i), finds);
    if (!sighting) continue;
    sighting->signature = i;
    result.found.push_back(*std::move(sighting));
  }
  return result;
}

std::string matchable(std::string_view line, std::size_t limit) {
  constexpr std::size_t escapes = 4;  // how much longer a line may be by its escapes
  const auto half = limit / 2;
  if (line.size() <= limit * escapes) {
    auto text = without_escapes(line);
    if (text.size() <= limit) return text;
    return text.substr(0, half) + '\n' + text.substr(text.size() - half);
  }
  return without_escapes(line.substr(0, half)) + '\n' + without_escapes(line.substr(line.size() - half));
}

std::string pattern_problem(const std::string& pattern) {
  const re2::RE2 regexp(pattern, pattern_options(MatcherLimits().pattern));
  return regexp.ok() ? std::string() : regexp.error();
}

std::set<std::string> pattern_names(const std::string& pattern) {
  const re2::RE2 regexp(pattern, pattern_options(MatcherLimits().pattern));
  std::set<std::string> names;
  if (!regexp.ok()) return names;
  for (const auto& [name, index] : regexp.NamedCapturingGroups()) names.insert(name);
  return names;
}

}  // namespace gpulaunch
