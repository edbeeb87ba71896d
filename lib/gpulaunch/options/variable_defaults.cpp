#include "gpulaunch/options/variable_defaults.hpp"

#include <utility>

namespace gpulaunch {
namespace {

std::vector<std::string_view> variables_of(const OptionDefinition& definition, Mode mode) {
  std::vector<std::string_view> names;
  if (!definition.pet.empty()) names.push_back(definition.pet);
  if (mode == Mode::torchrun && !definition.torch_variable.empty()) names.push_back(definition.torch_variable);
  return names;
}

}  // namespace

std::vector<Occurrence> variable_defaults(const Catalog& catalog, Mode mode,
                                          const std::function<std::optional<std::string>(std::string_view)>& variable) {
  std::vector<Occurrence> occurrences;
  if (mode == Mode::guard) return occurrences;  // PET_* speak of ranks
  for (const auto* definition : catalog) {
    for (const auto name : variables_of(*definition, mode)) {
      auto value = variable(name);
      if (!value || value->empty()) continue;
      occurrences.push_back({definition, std::string(name), *std::move(value)});
      break;
    }
  }
  return occurrences;
}

}  // namespace gpulaunch
