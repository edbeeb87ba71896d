#include "gpulaunch/options/definitions.hpp"

namespace gpulaunch::definitions {
namespace {

// Known, so that nobody takes their absence for a misspelling; apply_occurrence() refuses them all in one way.
constexpr OptionDefinition table[] = {
    {.name = "signatures",
     .metavar = "FILE",
     .group = Group::later,
     .help = "Further descriptions of known failures",
     .standing = Standing::later},
};

}  // namespace

Table later() { return table; }

}  // namespace gpulaunch::definitions
