// print_generated man|short-help|long-help|bash|zsh|fish|tcsh: one generated text on standard output.
#include "gpulaunch/options/command_line.hpp"

#include <iostream>
#include <string>

int main(int count, char** words) {
  const std::string what = count == 2 ? words[1] : "";
  if (what == "man") {
    std::cout << gpulaunch::man_page(GPULAUNCH_VERSION);
  } else if (what == "short-help") {
    std::cout << gpulaunch::short_help();
  } else if (what == "long-help") {
    std::cout << gpulaunch::long_help();
  } else if (const auto script = gpulaunch::completion_script(what); !script.empty()) {
    std::cout << script;
  } else {
    std::cerr << "usage: print_generated man|short-help|long-help|bash|zsh|fish|tcsh\n";
    return 2;
  }
}
