#include "gpulaunch/options/normalise.hpp"

#include "gpulaunch/options/text.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace gpulaunch {
namespace {

bool looks_like_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

// "-5" is a bad number, which its parser refuses with the right words.
bool may_be_value(std::string_view word) { return !looks_like_option(word) || text::is_digit(word[1]); }

// Reads the words one after the other; one object for one command line.
class Normaliser {
 public:
  Normaliser(const std::vector<std::string>& words, Mode mode, const Catalog& catalog)
      : words_(words), mode_(mode), catalog_(catalog) {}

  Result<NormalisedLine> read() {
    while (next_ < words_.size() && looks_like_option(words_[next_])) {
      const std::string_view word = words_[next_++];
      if (word == "--") break;
      const auto read = word.starts_with("--") ? read_long(word.substr(2)) : read_letters(word.substr(1));
      if (!read) return tl::unexpected(read.error());
      if (line_.verb != Verb::run) return std::move(line_);
    }
    line_.command.assign(words_.begin() + static_cast<std::ptrdiff_t>(next_), words_.end());
    return std::move(line_);
  }

 private:
  Result<void> read_long(std::string_view text) {
    const auto equals = text.find('=');
    const auto option = find_long(catalog_, text.substr(0, equals), mode_);
    if (!option) return tl::unexpected(option.error());
    std::optional<std::string_view> attached;
    if (equals != std::string_view::npos) attached = text.substr(equals + 1);
    return add(*option->definition, fmt::format("--{}", option->name), attached);
  }

  // "-v", "-vm", "-n4", "-n=4": letters of flags may stand together, a letter with a value takes the rest.
  Result<void> read_letters(std::string_view letters) {
    if (auto refused = refuse_long_name(letters); !refused) return refused;
    for (std::size_t i = 0; i < letters.size(); ++i) {
      const auto* definition = find_letter(catalog_, letters[i]);
      if (definition == nullptr) return unknown_letters(letters);
      const auto rest = letters.substr(i + 1);
      const bool takes_rest = definition->takes == Takes::value && !rest.empty();
      std::optional<std::string_view> attached;
      if (takes_rest) attached = rest.starts_with('=') ? rest.substr(1) : rest;
      auto added = add(*definition, fmt::format("--{}", definition->name), attached);
      // -h shows less than --help: the only option whose letter means something else than its name.
      if (line_.verb == Verb::long_help) line_.verb = Verb::short_help;
      if (!added || takes_rest || line_.verb != Verb::run) return added;
    }
    return {};
  }

  // "-nproc 4" would otherwise be -n with the value "proc".
  Result<void> refuse_long_name(std::string_view letters) const {
    const auto typed = letters.substr(0, letters.find('='));
    const auto found = typed.size() < 2 ? NamedOption{} : find_exactly(catalog_, with_dashes(typed));
    if (found.definition == nullptr || found.definition->standing == Standing::hidden) return {};
    return fail(ErrorKind::usage,
                fmt::format("unknown option {}; did you mean --{}?", in_quotes(fmt::format("-{}", typed)), found.name));
  }

  [[nodiscard]] static Result<void> unknown_letters(std::string_view letters) {
    const auto word = fmt::format("-{}", letters);
    return fail(ErrorKind::usage, fmt::format("unknown option {}; --help lists all options", in_quotes(word)));
  }

  Result<void> add(const OptionDefinition& definition, std::string source, std::optional<std::string_view> attached) {
    if (definition.verb != Verb::run) line_.verb = definition.verb;
    if (!attached && definition.takes != Takes::value) attached = "true";
    if (!attached) {
      const bool there = next_ < words_.size() && may_be_value(words_[next_]);
      if (!there) return missing_value(definition, source);
      attached = words_[next_++];
    }
    line_.occurrences.push_back({&definition, std::move(source), std::string(*attached)});
    return {};
  }

  [[nodiscard]] Result<void> missing_value(const OptionDefinition& definition, std::string_view source) const {
    const auto hint =
        next_ < words_.size() && words_[next_] != "--"
            ? fmt::format("; if {} is meant, write {}={}", in_quotes(words_[next_]), source, in_quotes(words_[next_]))
            : std::string();
    return fail(ErrorKind::usage, fmt::format("{} needs a value ({}){}", source, definition.metavar, hint));
  }

  const std::vector<std::string>& words_;
  Mode mode_;
  const Catalog& catalog_;
  std::size_t next_ = 0;
  NormalisedLine line_;
};

}  // namespace

Result<NormalisedLine> normalise(const std::vector<std::string>& words, Mode mode, const Catalog& catalog) {
  return Normaliser(words, mode, catalog).read();
}

}  // namespace gpulaunch
