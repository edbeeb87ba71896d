#include "gpulaunch/diagnosis/matching/fact_names.hpp"

#include <algorithm>
#include <string_view>

namespace gpulaunch {
namespace {

constexpr std::string_view any_xid = "xid-<n>";

bool is_one_xid(std::string_view name) {
  constexpr std::string_view prefix = "xid-";
  if (!name.starts_with(prefix)) return false;
  const auto number = name.substr(prefix.size());
  return !number.empty() && number.size() <= 4 &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const std::vector<std::string>& known_facts() {
  static const std::vector<std::string> names{"oom-kill",           "segfault-logged",    "xid",
                                              std::string(any_xid), "shm-full",           "shm-small",
                                              "disk-full",          "descriptors-low",    "processes-limited",
                                              "memlock-low",        "port-taken",         "port-privileged",
                                              "devices-hidden",     "devices-missing",    "more-ranks-than-devices",
                                              "no-devices",         "host-unresolvable",  "interface-missing",
                                              "fabric-down",        "core-written",       "peer-finished-early",
                                              "everyone-alike",     "killed-from-outside"};
  return names;
}

bool is_known_fact(std::string_view name) {
  const auto& names = known_facts();
  return is_one_xid(name) || (name != any_xid && std::find(names.begin(), names.end(), name) != names.end());
}

}  // namespace gpulaunch
