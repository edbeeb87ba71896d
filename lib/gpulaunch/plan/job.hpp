// The job: what was asked (Options) with its meaning filled in, still independent of the machine. Pure.
// make_job() knows the rules that join options: the mode's defaults, what needs what, what excludes what.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/options.hpp"
#include "gpulaunch/plan/environment.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

struct Job {
  Options options;  // as asked; read by the parts that need no more than the plain option
  std::vector<std::string>
      command;         // what is exec'd for a rank before --wrap and --local-rank-arg: interpreter included
  std::string script;  // the .py file that must exist (empty: none); a missing one ends the job with 127
  bool runs_python = false;
  std::vector<std::string> wrap_words;  // --wrap, split; placeholders still in them
  Nanos grace{};                        // after a failure
  Nanos stop_grace{};                   // after a signal from outside
  bool labels_allowed = true;           // false in torchrun mode
};

// Errors: usage (one line that names the flag, the value and what is allowed).
[[nodiscard]] Result<Job> make_job(const Options& options, const Environment& environment);

}  // namespace gpulaunch
