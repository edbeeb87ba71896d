// Completions for one shell each, made from the option definitions. All complete options up to PROGRAM, then PROGRAM as
// a command, then its arguments as that command's own; after the verb guard the same, after explain what that takes.
#pragma once

#include "gpulaunch/options/catalog.hpp"

#include <array>
#include <string>
#include <string_view>

namespace gpulaunch {

// The words that are verbs when they come first.
struct CompletedVerb {
  std::string_view name;
  std::string_view help;
};
inline constexpr std::array completed_verbs{
    CompletedVerb{"guard", "Start and supervise one command as it is"},
    CompletedVerb{"explain", "Say from saved logs why a job failed"},
};

[[nodiscard]] std::string bash_completion(const Catalog& options);
[[nodiscard]] std::string zsh_completion(const Catalog& options);
[[nodiscard]] std::string fish_completion(const Catalog& options);
[[nodiscard]] std::string tcsh_completion(const Catalog& options);

}  // namespace gpulaunch
