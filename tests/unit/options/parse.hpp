// Parses a command line in a world of the test's own making: its variables and files are values too.
#pragma once

#include "gpulaunch/options/command_line.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gpulaunch::test {

using Words = std::vector<std::string>;

struct World {
  std::string program = "gpulaunch";
  std::map<std::string, std::string, std::less<>> variables{};
  std::map<std::string, std::string> files{};
};

inline Result<Invocation> parse(Words words, const World& world = {}) {
  CommandLineInput input;
  input.program_name = world.program;
  input.words = std::move(words);
  input.variable = [&world](std::string_view name) -> std::optional<std::string> {
    const auto found = world.variables.find(name);
    return found == world.variables.end() ? std::nullopt : std::optional(found->second);
  };
  input.read_file = [&world](const std::string& path) -> Result<std::string> {
    const auto found = world.files.find(path);
    if (found == world.files.end()) return fail(ErrorKind::system, "cannot read " + path + ": no such file");
    return found->second;
  };
  return parse_command_line(input);
}

// Of a command line that is right; the program is added.
inline Options options_of(Words words, const World& world = {}) {
  words.emplace_back("./prog");
  auto parsed = parse(std::move(words), world);
  if (!parsed) throw std::runtime_error("refused: " + parsed.error().message);
  return std::move(parsed->options);
}

// Of one that is wrong; "" when it was accepted, and a remark when it is no usage error.
inline std::string error_of(Words words, const World& world = {}) {
  words.emplace_back("./prog");
  const auto parsed = parse(std::move(words), world);
  if (parsed) return "";
  return parsed.error().kind == ErrorKind::usage ? parsed.error().message : "not usage: " + parsed.error().message;
}

}  // namespace gpulaunch::test
