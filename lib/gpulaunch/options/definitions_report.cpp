#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

namespace gpulaunch::definitions {
namespace {

constexpr OptionDefinition table[] = {
    {.name = "dry-run",
     .takes = Takes::optional_value,
     .metavar = "text|json",
     .group = Group::report,
     .help = "Print the plan of every rank and start nothing",
     .common = true,
     .apply = apply::put<parse_dry_run, &Options::report, &ReportOptions::dry_run>},
    {.name = "events",
     .metavar = "FILE|fd:N",
     .group = Group::report,
     .help = "Write what happens to the job as JSON lines",
     .apply = apply::put<parse_event_target, &Options::report, &ReportOptions::events>},
    {.name = "junit",
     .metavar = "FILE",
     .group = Group::report,
     .help = "Write a JUnit report, one test case for each rank",
     .apply = apply::put<parse_text, &Options::report, &ReportOptions::junit>},
};

}  // namespace

Table report() { return table; }

}  // namespace gpulaunch::definitions
