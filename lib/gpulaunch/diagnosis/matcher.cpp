#include "gpulaunch/diagnosis/matcher.hpp"

#include <algorithm>
#include <optional>
#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <re2/set.h>
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

// The distinct patterns of all signatures, and the literals that tell which of them a line may fit.
class Matcher::Patterns {
 public:
  struct Find {
    std::size_t line;
    Names names;
  };
  using Finds = std::vector<std::optional<Find>>;  // by pattern

  // A signature's patterns as indices; none: RE2 refused it.
  struct Wanted {
    std::vector<std::optional<std::size_t>> all, any, none;
  };

  Patterns(const std::vector<Signature>& signatures, const MatcherLimits& limits)
      : limits_(limits), literals_(pattern_options(limits.memory), re2::RE2::UNANCHORED) {
    for (const auto& signature : signatures) {
      wanted_.push_back({indices(signature.all), indices(signature.any), indices(signature.none)});
    }
    if (filter_.NumRegexps() == 0) return;  // FilteredRE2 complains on stderr of being compiled empty
    std::vector<std::string> atoms;
    filter_.Compile(&atoms);
    has_literals_ = !atoms.empty();
    for (const auto& atom : atoms) usable_ = literals_.Add(re2::RE2::QuoteMeta(atom), nullptr) >= 0 && usable_;
    usable_ = literals_.Compile() && usable_;
  }

  [[nodiscard]] const Wanted& wanted(std::size_t signature) const { return wanted_[signature]; }

  [[nodiscard]] Finds search(const std::vector<std::string_view>& lines, Sightings& result) const {
    Finds finds(static_cast<std::size_t>(filter_.NumRegexps()));
    if (finds.empty()) return finds;
    for (std::size_t line = 0; line < lines.size(); ++line) {
      const auto text = matchable(lines[line], limits_.line);
      for (const auto pattern : candidates(text, result)) {
        if (finds[pattern]) continue;
        ++result.searches;
        const auto& regexp = filter_.GetRE2(static_cast<int>(pattern));
        if (!re2::RE2::PartialMatch(text, regexp)) continue;
        finds[pattern] = Find{line, {}};
        keep_names(regexp, text, finds[pattern]->names);
      }
    }
    return finds;
  }

 private:
  std::vector<std::optional<std::size_t>> indices(const std::vector<std::string>& patterns) {
    std::vector<std::optional<std::size_t>> result;
    for (const auto& pattern : patterns) result.push_back(index(pattern));
    return result;
  }

  std::optional<std::size_t> index(const std::string& pattern) {
    const auto known = index_.find(pattern);
    if (known != index_.end()) return known->second;
    int id = -1;
    const bool taken = filter_.Add(pattern, pattern_options(limits_.pattern), &id) == re2::RE2::NoError;
    return index_[pattern] = taken ? std::optional(static_cast<std::size_t>(id)) : std::nullopt;
  }

  [[nodiscard]] std::vector<std::size_t> candidates(const std::string& text, Sightings& result) const {
    std::vector<int> atoms;
    if (has_literals_ && !find_atoms(text, atoms)) {
      ++result.unfiltered;
      std::vector<std::size_t> every(static_cast<std::size_t>(filter_.NumRegexps()));
      for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
      return every;
    }
    std::vector<int> potentials;
    filter_.AllPotentials(atoms, &potentials);
    return {potentials.begin(), potentials.end()};
  }

  // False where the automaton had no memory for it.
  bool find_atoms(const std::string& text, std::vector<int>& atoms) const {
    if (!usable_) return false;
    std::string lower = text;  // atoms are in lower case; beyond ASCII there is no case
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    return literals_.Match(lower, &atoms, &error) || error.kind == re2::RE2::Set::kNoError;
  }

  MatcherLimits limits_;
  re2::FilteredRE2 filter_{4};
  re2::RE2::Set literals_;
  bool has_literals_ = false;
  bool usable_ = true;
  std::map<std::string, std::optional<std::size_t>> index_;
  std::vector<Wanted> wanted_;
};

namespace {

// What the patterns of one signature found together.
template <class Finds, class Wanted>
std::optional<Sighting> sighting_of(const Wanted& wanted, const Finds& finds) {
  Sighting sighting;
  bool placed = false;
  const auto take = [&](const std::optional<std::size_t>& pattern) {
    if (!pattern || !finds[*pattern]) return false;
    if (!std::exchange(placed, true)) sighting.line = finds[*pattern]->line;
    sighting.names.insert(finds[*pattern]->names.begin(), finds[*pattern]->names.end());
    return true;
  };
  if (std::count_if(wanted.none.begin(), wanted.none.end(), [&](const auto& one) { return one && finds[*one]; }) > 0)
    return std::nullopt;
  if (std::count_if(wanted.all.begin(), wanted.all.end(), take) != std::ssize(wanted.all)) return std::nullopt;
  if (!wanted.any.empty() && std::count_if(wanted.any.begin(), wanted.any.end(), take) == 0) return std::nullopt;
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
