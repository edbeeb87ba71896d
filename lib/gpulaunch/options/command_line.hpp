// From words to Options. Everything that decides comes in as a value: the words, the name we were called by, a look-up
// for PET_* variables, and a function that reads the files that options name (--config, --env-file). Called once, by
// app/.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/explain.hpp"
#include "gpulaunch/options/options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct CommandLineInput {
  std::string program_name;        // basename of argv[0]; "torchrun" selects Mode::torchrun
  std::vector<std::string> words;  // argv[1..]
  std::function<std::optional<std::string>(std::string_view name)> variable;
  std::function<Result<std::string>(const std::string& path)> read_file;
};

// What the words ask for. Verbs that are known but not there yet are errors, with one clear line.
enum class Verb { run, explain, short_help, long_help, version, man_page, completion };

struct Invocation {
  Verb verb = Verb::run;
  Options options;               // with Verb::run
  ExplainOptions explain;        // with Verb::explain
  std::string completion_shell;  // with Verb::completion: bash, zsh, fish or tcsh
};

// Errors: usage; one line that names the flag, the value and what is allowed, or the likely flag ("did you mean
// --nproc?").
[[nodiscard]] Result<Invocation> parse_command_line(const CommandLineInput& input);

// The same option definitions, printed: -h, --help, the man page (man(7) roff), and shell completions.
[[nodiscard]] std::string short_help();
[[nodiscard]] std::string long_help();
[[nodiscard]] std::string man_page(std::string_view version);
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace gpulaunch
