// Changes on top of an environment that is not copied. A rank's environment is the launcher's with a few dozen changes,
// and a job may have a thousand ranks: what they have in common is written once, then copied and completed for each.
// The base must outlive the overlay.
#pragma once

#include "gpulaunch/plan/environment.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

class EnvironmentOverlay {
 public:
  explicit EnvironmentOverlay(const Environment& base) : base_(&base) {}

  [[nodiscard]] const Environment& base() const { return *base_; }
  // The value as a rank would see it now: a removed variable is not there.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }

  void set(std::string name, std::string value);
  // Only where the variable is unset; an empty value counts as set.
  void set_default(std::string name, std::string value);
  void unset(std::string name);

  // Sorted by name, without those that change nothing.
  [[nodiscard]] std::vector<EnvChange> changes() const;

 private:
  const Environment* base_;
  std::map<std::string, std::optional<std::string>, std::less<>> changes_;
};

}  // namespace gpulaunch
