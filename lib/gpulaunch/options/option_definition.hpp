// One option of the command line, declared once. The tables in definitions_*.cpp hold all of them; the parser, PET_*
// variables, the config file, both helps, the man page and the completions are made from these tables alone.
// `apply` gives an accepted value its place in the Draft; a bad one comes back as an error without the flag's name,
// which apply_occurrence() adds.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/options/draft.hpp"

#include <string>
#include <string_view>

namespace gpulaunch {

enum class Group { general, job, devices, environment, output, failure, report, torchrun };

enum class Takes {
  flag,            // --pty, also --pty=false
  value,           // --grace 10s
  optional_value,  // --dry-run, --dry-run=json
};

// What a second occurrence does.
enum class Repeats {
  last_wins,
  adds_up,  // within one source (command line, variables, config file); a higher source replaces a lower one
  merges,   // over all sources: the entries have names, and the last one of a name wins
};

enum class Standing {
  works,
  hidden,  // not in help, never guessed
};

// The fields stand in the order in which one reads an option; what that costs in padding is less than a kilobyte.
struct OptionDefinition {       // NOLINT(clang-analyzer-optin.performance.Padding)
  std::string_view name{};      // long name, with dashes
  std::string_view torchrun{};  // torchrun's name for it, which is accepted too; empty: torchrun has no such flag
  char letter = '\0';
  Takes takes = Takes::value;
  std::string_view metavar{};
  Group group = Group::general;
  std::string_view help{};            // one line, no full stop
  std::string_view more{};            // further sentences for --help and the man page
  std::string_view default_text{};    // empty: nothing worth saying
  std::string_view pet{};             // torchrun's variable that gives the default
  std::string_view torch_variable{};  // one more, read below `pet`, when called as torchrun
  std::string_view notice{};          // why it has no effect here; printed once when the option is used
  Repeats repeats = Repeats::last_wins;
  Standing standing = Standing::works;
  bool common = false;    // shown by -h
  bool in_config = true;  // may stand in a config file
  Verb verb = Verb::run;  // anything else: the option asks for that instead of a job
  Result<void> (*apply)(Draft& draft, std::string_view text) = nullptr;
};

// An option with a value, and who gave it: "--nproc", "PET_NPROC_PER_NODE", "job.toml:3: nproc".
struct Occurrence {
  const OptionDefinition* definition = nullptr;
  std::string source;
  std::string value;
};

// Errors: usage, beginning with the source.
[[nodiscard]] Result<void> apply_occurrence(const Occurrence& occurrence, Draft& draft);

}  // namespace gpulaunch
