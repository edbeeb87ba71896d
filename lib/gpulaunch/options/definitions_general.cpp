#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

#include <algorithm>

namespace gpulaunch::definitions {
namespace {

Result<void> set_completion_shell(Draft& draft, std::string_view text) {
  auto shell = parse_shell_name(text);
  if (!shell) return tl::unexpected(std::move(shell.error()));
  draft.completion_shell = *std::move(shell);
  return {};
}

Result<void> raise_verbosity(Draft& draft, std::string_view text) {
  auto& verbosity = draft.options.report.verbosity;
  if (text == "true") {
    verbosity = std::min(std::max(verbosity, 0) + 1, 2);
    return {};
  }
  if (text == "false") text = "0";
  return apply::put<parse_verbosity, &Options::report, &ReportOptions::verbosity>(draft, text);
}

Result<void> set_quiet(Draft& draft, std::string_view text) {
  return parse_bool(text).map([&](bool quiet) { draft.options.report.verbosity = quiet ? -1 : 0; });
}

// The file itself was read before any other option was applied.
Result<void> name_config(Draft&, std::string_view text) { return parse_text(text).map([](const std::string&) {}); }

constexpr OptionDefinition table[] = {
    {.name = "help",
     .torchrun = "help",
     .letter = 'h',
     .takes = Takes::flag,
     .help = "Show help and exit",
     .more = "-h shows the common options, --help all of them.",
     .common = true,
     .in_config = false,
     .verb = Verb::long_help},
    {.name = "version",
     .letter = 'V',
     .takes = Takes::flag,
     .help = "Show the version and exit",
     .common = true,
     .in_config = false,
     .verb = Verb::version},
    {.name = "config",
     .metavar = "FILE",
     .help = "Read options from a TOML file",
     .more = "Keys are the long names of the options, with dashes or underscores. The command line and PET_* variables "
             "come before the file. Paths in it are relative to the working directory.",
     .common = true,
     .in_config = false,
     .apply = name_config},
    {.name = "verbose",
     .letter = 'v',
     .takes = Takes::optional_value,
     .metavar = "N",
     .help = "Say more about what the launcher does",
     .more = "Twice, or --verbose=2, says still more.",
     .default_text = "0",
     .repeats = Repeats::adds_up,
     .common = true,
     .apply = raise_verbosity},
    {.name = "quiet",
     .letter = 'q',
     .takes = Takes::flag,
     .help = "Print no notices",
     .more = "Errors and the report of a failure are still printed.",
     .common = true,
     .apply = set_quiet},
    {.name = "print-completion",
     .torchrun = "print-completion",
     .metavar = "bash|zsh|fish|tcsh",
     .help = "Print the completions for a shell and exit",
     .in_config = false,
     .verb = Verb::completion,
     .apply = set_completion_shell},
    {.name = "print-man",
     .takes = Takes::flag,
     .help = "Print the manual page and exit",
     .standing = Standing::hidden,
     .in_config = false,
     .verb = Verb::man_page},
};

}  // namespace

Table general() { return table; }

}  // namespace gpulaunch::definitions
