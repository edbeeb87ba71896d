#include "gpulaunch/plan/environment.hpp"

#include <algorithm>
#include <utility>

namespace gpulaunch {

Environment Environment::from_entries(const char* const* entries) {
  Environment environment;
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    const std::string_view entry(*entries);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    environment.variables_.emplace(entry.substr(0, equals), entry.substr(equals + 1));  // keeps an earlier one
  }
  return environment;
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  const auto found = variables_.find(name);
  return found == variables_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

void Environment::set(std::string name, std::string value) {
  variables_.insert_or_assign(std::move(name), std::move(value));
}

void Environment::unset(std::string_view name) {
  const auto found = variables_.find(name);
  if (found != variables_.end()) variables_.erase(found);
}

std::vector<std::string> Environment::entries() const {
  std::vector<std::string> entries;
  entries.reserve(variables_.size());
  for (const auto& [name, value] : variables_) entries.emplace_back(name).append("=").append(value);
  return entries;
}

Environment apply(Environment base, const std::vector<EnvChange>& changes) {
  for (const auto& change : changes) {
    if (change.value) {
      base.set(change.name, *change.value);
    } else {
      base.unset(change.name);
    }
  }
  return base;
}

std::optional<std::string> value_after(const std::vector<EnvChange>& changes, const Environment& base,
                                       std::string_view name) {
  const auto change = std::find_if(changes.begin(), changes.end(), [&](const auto& one) { return one.name == name; });
  if (change != changes.end()) return change->value;
  const auto inherited = base.get(name);
  return inherited ? std::optional(std::string(*inherited)) : std::nullopt;
}

}  // namespace gpulaunch
