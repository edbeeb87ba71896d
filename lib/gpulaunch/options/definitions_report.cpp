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
    {.name = "events-output",
     .takes = Takes::flag,
     .group = Group::report,
     .help = "Add every line that a rank prints to the events",
     .apply = apply::flag<&Options::report, &ReportOptions::event_output>},
    {.name = "junit",
     .metavar = "FILE",
     .group = Group::report,
     .help = "Write a JUnit report, one test case for each rank",
     .more =
         "Whoever is to blame is a failure, with cause and fix; ranks that fell with it or were stopped are skipped.",
     .apply = apply::put<parse_text, &Options::report, &ReportOptions::junit>},
    {.name = "diagnosis",
     .metavar = "on|off",
     .group = Group::report,
     .help = "Find out why a job has failed, whose fault it was, and how to mend it",
     .default_text = "on",
     .apply = apply::put<parse_switch, &Options::output, &OutputOptions::diagnosis>},
    {.name = "signatures",
     .metavar = "FILE",
     .group = Group::report,
     .help = "Recognise the failures that this TOML file describes, too",
     .more = "May be given more than once.",
     .apply = apply::add<parse_text, &Options::report, &ReportOptions::signatures>},
};

}  // namespace

Table report() { return table; }

}  // namespace gpulaunch::definitions
