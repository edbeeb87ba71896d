#include "gpulaunch/options/config_file.hpp"

#include "gpulaunch/options/value_parsers.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace gpulaunch {
namespace {

// Boolean, integer, float and string as the command line would have them; anything else has no such text.
std::optional<std::string> text_of(const toml::node& node) {
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* text = node.as_string()) return text->get();
  return std::nullopt;
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer:
    case toml::node_type::floating_point: return "a number";
    default: return "a date or time";
  }
}

class ConfigReader {
 public:
  ConfigReader(const std::string& path, const Catalog& catalog) : path_(path), catalog_(catalog) {}

  Result<std::vector<Occurrence>> read(const toml::table& table) {
    for (const auto& [key, node] : in_file_order(table)) {
      const auto read = read_entry(*key, *node);
      if (!read) return tl::unexpected(read.error());
    }
    return std::move(occurrences_);
  }

 private:
  using Entry = std::pair<const toml::key*, const toml::node*>;

  // toml++ sorts by name; but of env and env-file, the later one in the file must win.
  static std::vector<Entry> in_file_order(const toml::table& table) {
    std::vector<Entry> entries;
    for (auto it = table.cbegin(); it != table.cend(); ++it) entries.emplace_back(&it->first, &it->second);
    const auto line = [](const Entry& entry) { return entry.first->source().begin; };
    std::sort(entries.begin(), entries.end(),
              [&](const Entry& left, const Entry& right) { return line(left) < line(right); });
    return entries;
  }

  [[nodiscard]] std::string place(const toml::source_region& region) const {
    return fmt::format("{}:{}", path_, region.begin.line);
  }

  Result<void> read_entry(const toml::key& key, const toml::node& node) {
    const auto at = place(key.source());
    const auto* definition = find_exactly(catalog_, with_dashes(key.str())).definition;
    if (definition == nullptr) return unknown_key(at, key.str());
    if (!definition->in_config) {
      return fail(ErrorKind::usage, fmt::format("{}: --{} cannot stand in a config file", at, definition->name));
    }
    const auto source = fmt::format("{}: {}", at, definition->name);
    if (const auto* array = node.as_array()) return read_array(*definition, source, *array);
    if (const auto* table = node.as_table()) return read_table(*definition, source, *table);
    return add(*definition, source, node);
  }

  [[nodiscard]] Result<void> unknown_key(std::string_view at, std::string_view key) const {
    const auto likely = nearest_name(catalog_, key);
    const auto hint = likely.empty() ? std::string() : fmt::format("; did you mean {}?", likely);
    return fail(ErrorKind::usage, fmt::format("{}: unknown option {}{}", at, in_quotes(key), hint));
  }

  [[nodiscard]] static Result<void> wrong_type(const OptionDefinition& definition, std::string_view source,
                                               const toml::node& node) {
    const auto wanted = definition.takes == Takes::flag ? std::string_view("true, false") : definition.metavar;
    return fail(ErrorKind::usage,
                fmt::format("{}: {} is not possible here (allowed: {})", source, type_name(node), wanted));
  }

  Result<void> add(const OptionDefinition& definition, const std::string& source, const toml::node& node) {
    auto value = text_of(node);
    const bool fits = definition.takes == Takes::flag    ? node.is_boolean()
                      : definition.takes == Takes::value ? !node.is_boolean()
                                                         : true;
    if (!value || !fits) return wrong_type(definition, source, node);
    occurrences_.push_back({&definition, source, *std::move(value)});
    return {};
  }

  // Options that may be repeated get one occurrence for each element; for others it is a list with commas.
  Result<void> read_array(const OptionDefinition& definition, const std::string& source, const toml::array& array) {
    std::string joined;
    for (const auto& element : array) {
      if (definition.repeats != Repeats::last_wins) {
        if (auto added = add(definition, source, element); !added) return added;
        continue;
      }
      const auto text = element.is_boolean() ? std::nullopt : text_of(element);
      if (!text) return wrong_type(definition, source, element);
      joined += (joined.empty() ? "" : ",") + *text;
    }
    if (definition.takes != Takes::value) return wrong_type(definition, source, array);
    if (definition.repeats == Repeats::last_wins) occurrences_.push_back({&definition, source, std::move(joined)});
    return {};
  }

  // [env] NAME = "value"
  Result<void> read_table(const OptionDefinition& definition, const std::string& source, const toml::table& table) {
    const bool named = definition.repeats == Repeats::merges && definition.metavar.find('=') != std::string_view::npos;
    if (!named) return wrong_type(definition, source, table);
    for (const auto& [key, node] : in_file_order(table)) {
      const auto value = text_of(*node);
      const auto at = fmt::format("{}: {}", place(key->source()), definition.name);
      if (!value) return wrong_type(definition, at, *node);
      occurrences_.push_back({&definition, at, fmt::format("{}={}", key->str(), *value)});
    }
    return {};
  }

  const std::string& path_;
  const Catalog& catalog_;
  std::vector<Occurrence> occurrences_;
};

}  // namespace

Result<std::vector<Occurrence>> parse_config_file(std::string_view content, const std::string& path,
                                                  const Catalog& catalog) {
  const auto parsed = toml::parse(content);
  if (!parsed) {
    const auto& error = parsed.error();
    return fail(ErrorKind::usage,
                fmt::format("{}:{}: {}", path, error.source().begin.line, on_one_line(error.description())));
  }
  return ConfigReader(path, catalog).read(parsed.table());
}

}  // namespace gpulaunch
