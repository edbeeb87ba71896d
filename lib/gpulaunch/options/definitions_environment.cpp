#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

namespace gpulaunch::definitions {
namespace {

Result<void> add_assignment(Draft& draft, std::string_view text) {
  return parse_env_assignment(text).map(
      [&](EnvAssignment assignment) { draft.options.environment.assignments.push_back(std::move(assignment)); });
}

Result<void> add_file(Draft& draft, std::string_view text) {
  const auto path = parse_text(text);
  if (!path) return tl::unexpected(path.error());
  const auto content = draft.read_file(*path);
  if (!content) return fail(ErrorKind::usage, content.error().message);
  auto read = parse_env_file(*content);
  if (!read) return tl::unexpected(in_context(*path, std::move(read.error())));
  auto& assignments = draft.options.environment.assignments;
  assignments.insert(assignments.end(), read->begin(), read->end());
  return {};
}

constexpr OptionDefinition table[] = {
    {.name = "env",
     .metavar = "NAME=VALUE",
     .group = Group::environment,
     .help = "Set a variable for the ranks",
     .more = "May be repeated; the last one of a name wins. Ranks inherit the launcher's environment in any case.",
     .repeats = Repeats::merges,
     .common = true,
     .apply = add_assignment},
    {.name = "env-file",
     .metavar = "FILE",
     .group = Group::environment,
     .help = "Set variables from the NAME=VALUE lines of a file",
     .more = "Comments, quotes and 'export' are understood; nothing is expanded. May be repeated.",
     .repeats = Repeats::merges,
     .common = true,
     .apply = add_file},
    {.name = "keep-env",
     .metavar = "GLOB",
     .group = Group::environment,
     .help = "Keep these variables of an outer launcher",
     .more = "Variables by which Slurm, MPI or another torchrun tell a process who it is are removed, for they would "
             "be wrong for our ranks. Patterns such as 'SLURM_*' keep some of them.",
     .repeats = Repeats::adds_up,
     .apply = apply::append<parse_name_globs, &Options::environment, &EnvironmentOptions::keep>},
    {.name = "compat",
     .metavar = "jax|mpi|horovod|slurm|tf",
     .group = Group::environment,
     .help = "Set another family of rank variables as well",
     .more = "Several with commas, or by repeating the option.",
     .repeats = Repeats::adds_up,
     .common = true,
     .apply = apply::append<parse_compat, &Options::environment, &EnvironmentOptions::compat>},
    {.name = "chdir",
     .metavar = "DIR",
     .group = Group::environment,
     .help = "Start the ranks in this folder",
     .common = true,
     .apply = apply::put<parse_text, &Options::environment, &EnvironmentOptions::chdir>},
};

}  // namespace

Table environment() { return table; }

}  // namespace gpulaunch::definitions
