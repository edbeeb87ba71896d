// How options are shown: what help, the man page and the completions have in common.
#pragma once

#include "gpulaunch/options/catalog.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The title of a group, and its options that are shown, in order.
struct Section {
  std::string_view title;
  Catalog options;
};
[[nodiscard]] std::vector<Section> sections(const Catalog& catalog);

// "-n, --nproc N|gpu|auto|cpu"
[[nodiscard]] std::string heading(const OptionDefinition& definition);
// One line and the further sentences, together.
[[nodiscard]] std::string full_text(const OptionDefinition& definition);
// What else is worth knowing: "default: 1", "also --nproc-per-node", "variable PET_NPROC_PER_NODE".
[[nodiscard]] std::vector<std::string> remarks(const OptionDefinition& definition);

// "--nproc", "--nproc-per-node", "-n": every spelling that completions offer.
[[nodiscard]] std::vector<std::string> spellings(const OptionDefinition& definition);
// The words that a value may be, taken from the metavar: "auto", "always", "never". Empty: free text.
[[nodiscard]] std::vector<std::string_view> choices(const OptionDefinition& definition);

enum class Completes { nothing, files, folders };
[[nodiscard]] Completes completes(const OptionDefinition& definition);

// Options that completions offer: not the hidden ones, not those that are refused.
[[nodiscard]] Catalog offered(const Catalog& catalog);

}  // namespace gpulaunch
