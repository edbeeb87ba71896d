// Options while they are put together: the values found so far, and what the final value of another option depends on.
// Made by parse_command_line(), filled by the options' apply functions, emptied into Options by finish_draft().
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/options.hpp"

#include <functional>
#include <optional>
#include <string>

namespace gpulaunch {

// torchrun's ways to name the place where ranks meet; on one node most of them agree.
struct RendezvousDraft {
  bool standalone = false;
  std::string local_addr;
  std::optional<int> endpoint_port;
};

struct Draft {
  Options options;
  RendezvousDraft rendezvous;
  std::string source;  // who gives the value that is being applied; for notices
  std::string completion_shell;
  std::function<Result<std::string>(const std::string& path)> read_file;

  // Adds "source: text" to the notices, once.
  void notice(std::string_view text);
};

// Settles what depends on several options. Errors: none; contradictions between options are make_job()'s to refuse.
[[nodiscard]] Options finish_draft(Draft draft);

}  // namespace gpulaunch
