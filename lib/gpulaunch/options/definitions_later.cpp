#include "gpulaunch/options/definitions.hpp"

namespace gpulaunch::definitions {
namespace {

// Known, so that nobody takes their absence for a misspelling; apply_occurrence() refuses them all in one way.
constexpr OptionDefinition table[] = {
    {.name = "hang-timeout",
     .metavar = "DURATION",
     .group = Group::later,
     .help = "End a job whose ranks have shown no progress for this long",
     .standing = Standing::later},
    {.name = "progress-regex",
     .metavar = "REGEX",
     .group = Group::later,
     .help = "What a line of output that shows progress looks like",
     .standing = Standing::later},
    {.name = "dump-on",
     .metavar = "SIGNAL",
     .group = Group::later,
     .help = "Show the stacks of all ranks when this signal comes",
     .standing = Standing::later},
};

}  // namespace

Table later() { return table; }

}  // namespace gpulaunch::definitions
