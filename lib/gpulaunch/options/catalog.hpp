// All options in one list, and the ways to find one: by its exact name, by an unambiguous prefix, by its letter. Names
// may be typed with dashes or underscores. What is not found comes back as an error with the likely name.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/option_definition.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// In the order in which help shows them. Points into the tables, which are constants.
using Catalog = std::vector<const OptionDefinition*>;
[[nodiscard]] Catalog make_catalog();

struct NamedOption {
  const OptionDefinition* definition = nullptr;
  std::string_view name;  // the one of its names that was meant
};

// "log_dir" to "log-dir".
[[nodiscard]] std::string with_dashes(std::string_view name);

// `name` with dashes. Nothing: definition is null.
[[nodiscard]] NamedOption find_exactly(const Catalog& catalog, std::string_view name);
[[nodiscard]] const OptionDefinition* find_letter(const Catalog& catalog, char letter);

// As typed, without "--". In torchrun mode a prefix means one of torchrun's own flags if it can.
// Errors: usage; ambiguous (names the candidates) or unknown (names the likely one).
[[nodiscard]] Result<NamedOption> find_long(const Catalog& catalog, std::string_view typed, Mode mode);

// How long a command may run, how it is ended, and what is said about it; nothing that ranks, devices or output have.
[[nodiscard]] bool applies_to_guard(const OptionDefinition& definition);

// The name that was probably meant, for "did you mean"; empty where none is near.
[[nodiscard]] std::string_view nearest_name(const Catalog& catalog, std::string_view typed);

}  // namespace gpulaunch
