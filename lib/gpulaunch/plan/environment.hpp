// A set of environment variables as a value: names are unique and sorted, so that two environments can be compared and
// their difference printed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

class Environment {
 public:
  Environment() = default;
  // From an envp-like list of "NAME=value"; entries without '=' are dropped, of repeated names the first one counts
  // (as getenv(3) does).
  [[nodiscard]] static Environment from_entries(const char* const* entries);

  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }
  void set(std::string name, std::string value);
  void unset(std::string_view name);
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& variables() const { return variables_; }
  // "NAME=value" for each variable, as execve wants it.
  [[nodiscard]] std::vector<std::string> entries() const;

 private:
  std::map<std::string, std::string, std::less<>> variables_;
};

// One line of the difference between the launcher's environment and a rank's.
struct EnvChange {
  std::string name;
  std::optional<std::string> value;  // nothing: the variable is removed
  friend bool operator==(const EnvChange&, const EnvChange&) = default;
};

[[nodiscard]] Environment apply(Environment base, const std::vector<EnvChange>& changes);
// The same for one variable alone.
[[nodiscard]] std::optional<std::string> value_after(const std::vector<EnvChange>& changes, const Environment& base,
                                                     std::string_view name);

}  // namespace gpulaunch
