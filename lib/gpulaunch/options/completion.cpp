#include "gpulaunch/options/completion.hpp"

#include "gpulaunch/options/command_line.hpp"
#include "gpulaunch/options/presentation.hpp"

namespace gpulaunch {

std::string completion_script(std::string_view shell) {
  const auto options = offered(make_catalog());
  if (shell == "bash") return bash_completion(options);
  if (shell == "zsh") return zsh_completion(options);
  if (shell == "fish") return fish_completion(options);
  return shell == "tcsh" ? tcsh_completion(options) : std::string();
}

}  // namespace gpulaunch
