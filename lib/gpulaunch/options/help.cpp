#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/options/presentation.hpp"
#include "gpulaunch/options/text.hpp"

#include <fmt/format.h>

namespace gpulaunch {
namespace {

constexpr std::size_t page_width = 100;

constexpr std::string_view usage = R"(Usage: gpulaunch [options] PROGRAM [args...]
       gpulaunch guard [options] COMMAND [args...]
       gpulaunch explain [options] FILE...

Starts PROGRAM as several ranks (processes with RANK, WORLD_SIZE, MASTER_ADDR and the like), watches
them, ends all of them when one fails, and says which one failed and how. Everything after PROGRAM
reaches it byte for byte.

guard runs one command as it is, adds nothing to its environment, passes signals on to it, returns
its exit status, and leaves no process of it behind: for a server with workers of its own, a CI
step, PID 1 of a container.

explain reads saved logs of any launcher and says which rank failed first, why, and what to do
(gpulaunch explain --help).
)";

constexpr std::string_view examples = R"(
Examples:
  gpulaunch -n 4 train.py --lr 0.1          four ranks of a Python script
  gpulaunch -n gpu ./train                  one rank for each GPU
  gpulaunch -n 2 --dry-run -m pkg.train     show the plan, start nothing
  gpulaunch guard --timeout 1h ./server     one command, and nothing left of it
  gpulaunch explain slurm-1234.out          what went wrong there
)";

constexpr std::string_view exit_statuses = R"(
Exit status:
  0 when every rank exited 0; else the code of the first rank that failed on its own, or 128 plus
  its signal. 2 usage, 124 --timeout, 125 the launcher failed, 126 PROGRAM cannot be executed, 127
  it was not found, 128 + s the launcher was stopped by signal s.
)";

std::string short_entry(const OptionDefinition& definition) {
  constexpr std::size_t column = 34;
  const auto head = fmt::format("  {}{}", definition.letter == '\0' ? "    " : "", heading(definition));
  const auto fill = head.size() + 2 > column ? "\n" + std::string(column, ' ') : std::string(column - head.size(), ' ');
  return fmt::format("{}{}{}\n", head, fill, text::wrapped(definition.help, column, page_width));
}

std::string long_entry(const OptionDefinition& definition) {
  constexpr std::size_t column = 8;
  const std::string margin(column, ' ');
  auto entry = fmt::format("  {}\n{}{}\n", heading(definition), margin,
                           text::wrapped(full_text(definition), column, page_width));
  std::string notes;
  for (const auto& remark : remarks(definition)) notes += fmt::format("{}[{}]", notes.empty() ? "" : " ", remark);
  if (!notes.empty()) entry += fmt::format("{}{}\n", margin, text::wrapped(notes, column, page_width));
  return entry;
}

}  // namespace

std::string short_help() {
  std::string page(usage);
  for (const auto& section : sections(make_catalog())) {
    std::string entries;
    for (const auto* definition : section.options) {
      if (definition->common) entries += short_entry(*definition);
    }
    if (!entries.empty()) page += fmt::format("\n{}:\n{}", section.title, entries);
  }
  return page + std::string(examples) + "\n--help shows all options.\n";
}

std::string long_help() {
  std::string page(usage);
  page +=
      "\nOptions may be written with dashes or underscores, and cut short as long as they stay\n"
      "unambiguous. A flag may be switched off again with =false. Of repeated options the last one\n"
      "counts. Durations are written 500ms, 10s, 2m, 1h30m; a bare number is seconds.\n";
  for (const auto& section : sections(make_catalog())) {
    page += fmt::format("\n{}:\n", section.title);
    for (const auto* definition : section.options) page += long_entry(*definition);
  }
  return page + std::string(exit_statuses) + std::string(examples);
}

}  // namespace gpulaunch
