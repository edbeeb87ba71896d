// Takes labelled console output apart again, and asks Debian's Python where it is the better judge of a format.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace harness {

// The lines of one rank, their labels taken off, in the order in which they came. A line that had to be broken because
// the rank took its time in the middle of it ("…~>", "~> …") is whole again.
[[nodiscard]] std::vector<std::string> lines_of_rank(std::string_view out, int rank);
// "NAME=value" lines of one rank as a map.
[[nodiscard]] std::map<std::string, std::string> variables_of_rank(std::string_view out, int rank);
// Lines without a label.
[[nodiscard]] std::map<std::string, std::string> variables_in(std::string_view out);

struct PythonAnswer {
  int exit_code = -1;
  std::string output;  // both streams
};
// Runs a piece of code under Debian's Python; sys.argv[1:] are the arguments.
[[nodiscard]] PythonAnswer ask_python(const std::string& code, const std::vector<std::string>& arguments);
// Whether it is without torch; says that a test is skipped then.
[[nodiscard]] bool lacks_torch();
inline constexpr std::string_view debian_python = "/usr/bin/python3";

}  // namespace harness
