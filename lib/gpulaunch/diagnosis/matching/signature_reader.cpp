#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/diagnosis/matching/fact_names.hpp"
#include "gpulaunch/diagnosis/matching/matcher.hpp"
#include "gpulaunch/diagnosis/matching/placeholders.hpp"
#include "gpulaunch/diagnosis/matching/signature.hpp"
#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace gpulaunch {
namespace {

using Texts = std::vector<std::string>;

template <class T>
struct Choice {
  std::string_view name;
  T value;
};

constexpr Choice<Role> roles[]{{"cause", Role::cause},
                               {"ambiguous", Role::ambiguous},
                               {"secondary", Role::secondary},
                               {"pointer", Role::pointer},
                               {"hint", Role::hint}};
constexpr Choice<Strength> strengths[]{
    {"certain", Strength::certain}, {"likely", Strength::likely}, {"possible", Strength::possible}};

constexpr std::string_view signature_keys[]{"id",       "role",     "weight",     "all",   "any", "none",    "exit",
                                            "evidence", "strength", "certain_if", "cause", "fix", "runtime", "sample"};
constexpr std::string_view sample_keys[]{"lines", "exit", "also"};

bool is_id(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Reads one text. The first thing that is wrong is kept, and what is read after it does not matter.
class SignatureReader {
 public:
  explicit SignatureReader(std::string_view origin) : origin_(origin) {}

  Result<std::vector<Signature>> read(const toml::table& root) {
    std::vector<Signature> signatures;
    for (const auto& [key, node] : root) {
      if (key.str() != "signature" || !node.is_array_of_tables()) {
        complain(key.source(), fmt::format("{} is not possible here (allowed: [[signature]])", in_quotes(key.str())));
        break;
      }
      node.as_array()->for_each([&](const toml::table& table) { signatures.push_back(read_signature(table)); });
    }
    if (problem_) return fail(ErrorKind::usage, *problem_);
    return signatures;
  }

 private:
  void complain(const toml::source_region& region, std::string_view what) {
    if (!problem_) problem_ = fmt::format("{}:{}: {}", origin_, region.begin.line, what);
  }

  Signature read_signature(const toml::table& table) {
    refuse_other_keys(table, signature_keys);
    Signature signature;
    signature.id = id(table);
    signature.role = choice<Role>(table, "role", roles, Role::cause);
    signature.weight = weight(table);
    signature.all = patterns(table, "all");
    signature.any = patterns(table, "any");
    signature.none = patterns(table, "none");
    signature.ends = ends(table);
    signature.evidence = facts(table, "evidence");
    signature.strength = choice<Strength>(table, "strength", strengths, Strength::likely);
    signature.certain_if = facts(table, "certain_if");
    signature.cause = text(table, "cause");
    signature.fix = text(table, "fix");
    signature.runtime = text(table, "runtime");
    signature.samples = samples(table);
    check_whole(signature, table.source());
    return signature;
  }

  void check_whole(const Signature& signature, const toml::source_region& at) {
    const auto name = in_quotes(signature.id);
    if (signature.cause.empty()) complain(at, fmt::format("signature {} has no cause", name));
    const bool recognises =
        !signature.all.empty() || !signature.any.empty() || !signature.ends.empty() || !signature.evidence.empty();
    if (!recognises) complain(at, fmt::format("signature {} needs at least one of all, any, exit, evidence", name));
    const auto [first, is_new] = lines_.try_emplace(signature.id, at.begin.line);
    if (!is_new) complain(at, fmt::format("signature {} is there already, at line {}", name, first->second));
    check_placeholders(signature, at);
  }

  void check_placeholders(const Signature& signature, const toml::source_region& at) {
    const auto used = placeholders(signature.cause + signature.fix);
    if (used.empty()) return;
    std::set<std::string> named;
    for (const auto* list : {&signature.all, &signature.any}) {
      for (const auto& pattern : *list) named.merge(pattern_names(pattern));
    }
    for (const auto& name : used) {
      if (named.contains(name)) continue;
      complain(at, fmt::format("signature {}: no pattern has a group that is named {}", in_quotes(signature.id),
                               in_quotes(name)));
    }
  }

  void refuse_other_keys(const toml::table& table, std::span<const std::string_view> allowed) {
    for (const auto& [key, node] : table) {
      if (std::find(allowed.begin(), allowed.end(), key.str()) != allowed.end()) continue;
      complain(key.source(),
               fmt::format("unknown key {} (allowed: {})", in_quotes(key.str()), fmt::join(allowed, ", ")));
    }
  }

  std::string id(const toml::table& table) {
    auto value = text(table, "id");
    const auto* node = table.get("id");
    if (node == nullptr) complain(table.source(), "a signature has no id");
    if (node != nullptr && !is_id(value)) {
      complain(node->source(),
               fmt::format("id {} is not possible (allowed: lower case letters, digits and dashes)", in_quotes(value)));
    }
    return value;
  }

  std::string text(const toml::table& table, std::string_view key) {
    const auto* node = table.get(key);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::string>();
    if (!value) complain(node->source(), fmt::format("{} is no text", key));
    return value.value_or(std::string());
  }

  int weight(const toml::table& table) {
    const auto* node = table.get("weight");
    if (node == nullptr) return Signature().weight;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= 0 && *value <= 100) return static_cast<int>(*value);
    complain(node->source(), "weight is not possible (allowed: a whole number from 0 to 100)");
    return 0;
  }

  template <class T, std::size_t count>
  T choice(const toml::table& table, std::string_view key, const Choice<T> (&choices)[count], T otherwise) {
    const auto* node = table.get(key);
    if (node == nullptr) return otherwise;
    const auto value = text(table, key);
    Texts names;
    for (const auto& one : choices) {
      if (one.name == value) return one.value;
      names.emplace_back(one.name);
    }
    complain(node->source(),
             fmt::format("{} {} is not known (allowed: {})", key, in_quotes(value), fmt::join(names, ", ")));
    return otherwise;
  }

  Texts texts(const toml::table& table, std::string_view key) {
    Texts result;
    each(table, key, [&](const toml::node& element) {
      const auto value = element.value_exact<std::string>();
      if (!value) complain(element.source(), fmt::format("{}: an element is no text", key));
      result.push_back(value.value_or(std::string()));
    });
    return result;
  }

  template <class Take>
  void each(const toml::table& table, std::string_view key, Take take) {
    const auto* node = table.get(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) return complain(node->source(), fmt::format("{} is no array", key));
    for (const auto& element : *array) take(element);
  }

  Texts patterns(const toml::table& table, std::string_view key) {
    auto result = texts(table, key);
    for (const auto& pattern : result) {
      const auto problem = pattern.empty() ? std::string("it would fit every line") : pattern_problem(pattern);
      if (!problem.empty()) {
        complain(table.get(key)->source(),
                 fmt::format("{}: pattern {}: {}", key, in_quotes(pattern), on_one_line(problem)));
      }
    }
    return result;
  }

  Texts facts(const toml::table& table, std::string_view key) {
    auto result = texts(table, key);
    for (const auto& fact : result) {
      if (is_known_fact(fact)) continue;
      complain(table.get(key)->source(), fmt::format("{}: fact {} is not known (allowed: {})", key, in_quotes(fact),
                                                     fmt::join(known_facts(), ", ")));
    }
    return result;
  }

  std::vector<EndPattern> ends(const toml::table& table) {
    std::vector<EndPattern> result;
    each(table, "exit", [&](const toml::node& element) { result.push_back(end(element)); });
    return result;
  }

  EndPattern end(const toml::node& node) {
    if (const auto code = node.value_exact<std::int64_t>(); code && *code >= 0 && *code <= 255) {
      return {.code = static_cast<int>(*code), .signo = {}, .core = false};
    }
    const auto name = node.value_exact<std::string>().value_or(std::string());
    if (name == "core") return {.code = {}, .signo = {}, .core = true};
    const auto signo = parse_signal(name);
    if (!signo) complain(node.source(), "exit is not possible (allowed: 0 to 255, a signal's name, \"core\")");
    return {.code = {}, .signo = signo, .core = false};
  }

  std::vector<Sample> samples(const toml::table& table) {
    std::vector<Sample> result;
    each(table, "sample", [&](const toml::node& element) {
      const auto* sample = element.as_table();
      if (sample == nullptr) return complain(element.source(), "sample is no table");
      result.push_back(read_sample(*sample));
    });
    return result;
  }

  Sample read_sample(const toml::table& table) {
    refuse_other_keys(table, sample_keys);
    Sample sample{texts(table, "lines"), std::nullopt, texts(table, "also")};
    const auto* node = table.get("exit");
    if (node == nullptr) return sample;
    const auto how = end(*node);
    if (how.code) sample.outcome = Outcome::exited(*how.code);
    if (how.signo) sample.outcome = Outcome::signaled(*how.signo);
    if (how.core) sample.outcome = Outcome::signaled(signo::abrt, /*core_dumped=*/true);
    return sample;
  }

  std::string_view origin_;
  std::map<std::string, toml::source_index> lines_;  // of each id
  std::optional<std::string> problem_;
};

}  // namespace

Result<std::vector<Signature>> parse_signatures(std::string_view toml, std::string_view origin) {
  const auto parsed = toml::parse(toml);
  if (parsed) return SignatureReader(origin).read(parsed.table());
  const auto& error = parsed.error();
  return fail(ErrorKind::usage,
              fmt::format("{}:{}: {}", origin, error.source().begin.line, on_one_line(error.description())));
}

}  // namespace gpulaunch
