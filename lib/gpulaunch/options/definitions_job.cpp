#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

#include <algorithm>
#include <array>

namespace gpulaunch::definitions {
namespace {

// Binding to CPUs comes with a later version; asking for none is what happens anyway.
Result<void> refuse_binding(Draft&, std::string_view text) {
  constexpr std::array<std::string_view, 5> known{"numa", "node", "socket", "exclusive", "core-complex"};
  if (text == "none") return {};
  if (std::find(known.begin(), known.end(), text) == known.end()) {
    return bad_value(text, "a way to bind", "none; in a later version numa, socket, exclusive, core-complex");
  }
  return bad_value(text, "available in this version", "none");
}

constexpr OptionDefinition table[] = {
    {.name = "nproc",
     .torchrun = "nproc-per-node",
     .letter = 'n',
     .metavar = "N|gpu|auto|cpu",
     .group = Group::job,
     .help = "How many ranks to start",
     .more = "gpu: one for each visible GPU. auto: the same, or one for each CPU core where there is no GPU. cpu: one "
             "for each CPU core. With visible GPUs, more ranks than GPUs are refused without --oversubscribe.",
     .default_text = "1",
     .pet = "PET_NPROC_PER_NODE",
     .common = true,
     .apply = apply::put<parse_nproc, &Options::job, &JobOptions::nproc>},
    {.name = "module",
     .torchrun = "module",
     .letter = 'm',
     .takes = Takes::flag,
     .group = Group::job,
     .help = "PROGRAM is a Python module, as in 'python -m'",
     .pet = "PET_MODULE",
     .common = true,
     .apply = apply::flag<&Options::job, &JobOptions::module>},
    {.name = "no-python",
     .torchrun = "no-python",
     .takes = Takes::flag,
     .group = Group::job,
     .help = "Execute PROGRAM as it is, also when it ends in .py",
     .more = "Without it, a PROGRAM that ends in .py runs as $PYTHON_EXEC (or python3) with -u.",
     .pet = "PET_NO_PYTHON",
     .common = true,
     .apply = apply::flag<&Options::job, &JobOptions::no_python>},
    {.name = "run-path",
     .torchrun = "run-path",
     .takes = Takes::flag,
     .group = Group::job,
     .help = "PROGRAM is a Python script, whatever it ends in",
     .more = "It beats --no-python.",
     .pet = "PET_RUN_PATH",
     .notice = "the script runs under a python of its own, as it does without this flag",
     .apply = apply::flag<&Options::job, &JobOptions::run_path>},
    {.name = "local-rank-arg",
     .takes = Takes::flag,
     .group = Group::job,
     .help = "Append --local-rank=N to the program's arguments",
     .more = "For scripts that were written for torch.distributed.launch.",
     .apply = apply::flag<&Options::job, &JobOptions::local_rank_arg>},
    {.name = "expand",
     .takes = Takes::flag,
     .group = Group::job,
     .help = "Replace {rank} {local_rank} {host} in the program's arguments",
     .apply = apply::flag<&Options::job, &JobOptions::expand>},
    {.name = "wrap",
     .metavar = "COMMAND",
     .group = Group::job,
     .help = "Put a profiler or debugger before the program",
     .more = "COMMAND is split into words as a shell does it, and {rank} {local_rank} {host} are replaced in it: "
             "--wrap 'nsys profile -o r{rank}'.",
     .common = true,
     .apply = apply::put<parse_text, &Options::job, &JobOptions::wrap>},
    {.name = "wrap-ranks",
     .metavar = "RANKS",
     .group = Group::job,
     .help = "Wrap these ranks alone, such as 0,4-7",
     .default_text = "all",
     .apply = apply::put<parse_rank_set, &Options::job, &JobOptions::wrap_ranks>},
    {.name = "oversubscribe",
     .takes = Takes::flag,
     .group = Group::devices,
     .help = "Allow more ranks than GPUs",
     .apply = apply::flag<&Options::job, &JobOptions::oversubscribe>},
    {.name = "devices",
     .metavar = "all|isolate|none",
     .group = Group::devices,
     .help = "Which GPUs a rank sees",
     .more = "all: every visible GPU, with LOCAL_RANK to choose one. isolate: one GPU for each rank. none: no GPU. An "
             "inherited CUDA_VISIBLE_DEVICES is the pool, and never widened.",
     .default_text = "all",
     .common = true,
     .apply = apply::put<parse_device_mode, &Options::job, &JobOptions::devices>},
    {.name = "virtual-local-rank",
     .torchrun = "virtual-local-rank",
     .takes = Takes::flag,
     .group = Group::devices,
     .help = "Every rank sees one GPU and LOCAL_RANK=0",
     .pet = "PET_VIRTUAL_LOCAL_RANK",
     .apply = apply::flag<&Options::job, &JobOptions::virtual_local_rank>},
    {.name = "bind",
     .torchrun = "numa-binding",
     .metavar = "none",
     .group = Group::devices,
     .help = "Which CPUs a rank may run on",
     .more = "This version binds nothing; numa, socket, exclusive and core-complex are refused.",
     .default_text = "none",
     .apply = refuse_binding},
};

}  // namespace

Table job() { return table; }

}  // namespace gpulaunch::definitions
