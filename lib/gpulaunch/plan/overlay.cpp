#include "gpulaunch/plan/overlay.hpp"

#include <utility>

namespace gpulaunch {

std::optional<std::string_view> EnvironmentOverlay::get(std::string_view name) const {
  const auto found = changes_.find(name);
  if (found == changes_.end()) return base_->get(name);
  return found->second ? std::optional<std::string_view>(*found->second) : std::nullopt;
}

void EnvironmentOverlay::set(std::string name, std::string value) {
  changes_.insert_or_assign(std::move(name), std::move(value));
}

void EnvironmentOverlay::set_default(std::string name, std::string value) {
  if (!has(name)) set(std::move(name), std::move(value));
}

void EnvironmentOverlay::unset(std::string name) { changes_.insert_or_assign(std::move(name), std::nullopt); }

std::vector<EnvChange> EnvironmentOverlay::changes() const {
  std::vector<EnvChange> changes;
  changes.reserve(changes_.size());
  for (const auto& [name, value] : changes_) {
    const auto before = base_->get(name);
    const bool same = value ? before == std::string_view(*value) : !before.has_value();
    if (!same) changes.push_back({name, value});
  }
  return changes;
}

}  // namespace gpulaunch
