// The words of `gpulaunch explain [options] FILE...`. It starts no job, so that none of a job's options apply; it has
// few of its own, which may stand before and after files.
#pragma once

#include "gpulaunch/base/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct ExplainOptions {
  std::vector<std::string> logs;        // files, folders; "-": standard input
  std::vector<std::string> signatures;  // files of the user's own
  bool json = false;
  bool help = false;
};

// The words after the verb. Errors: usage.
[[nodiscard]] Result<ExplainOptions> parse_explain(const std::vector<std::string>& words);

[[nodiscard]] std::string explain_help();

// What completions offer.
struct ExplainFlag {
  std::string_view name;  // "--signatures"
  std::string_view help;  // as explain_help() has it
  bool takes_file = false;
};
[[nodiscard]] std::span<const ExplainFlag> explain_flags();

}  // namespace gpulaunch
