// A whole command line: words separated by NUL, or by newlines where there is no NUL. The first is the name that the
// program was called by; a word that begins with "PET_" and holds '=' is a variable; files that options name hold the
// last word. Whatever comes in, the result is an invocation whose command is the end of the words, or a usage error of
// one line.
#include "gpulaunch/options/command_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

namespace {

using namespace gpulaunch;

void require(bool holds) {
  if (!holds) std::abort();
}

struct World {
  CommandLineInput input;
  std::map<std::string, std::string, std::less<>> variables;

  void add(std::string word) {
    const auto equals = word.find('=');
    if (word.starts_with("PET_") && equals != std::string::npos) {
      variables[word.substr(0, equals)] = word.substr(equals + 1);
    } else if (input.program_name.empty()) {
      input.program_name = std::move(word);
    } else {
      input.words.push_back(std::move(word));
    }
  }
};

World world_of(const char* data, std::size_t size) {
  World world;
  std::string_view rest(data, size);
  const char separator = rest.find('\0') == std::string_view::npos ? '\n' : '\0';
  for (;;) {
    const auto end = rest.find(separator);
    world.add(std::string(rest.substr(0, end)));
    if (end == std::string_view::npos) return world;
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto world = world_of(reinterpret_cast<const char*>(data), size);
  auto& input = world.input;
  input.variable = [&world](std::string_view name) -> std::optional<std::string> {
    const auto found = world.variables.find(name);
    return found == world.variables.end() ? std::nullopt : std::optional(found->second);
  };
  input.read_file = [&input](const std::string& path) -> Result<std::string> {
    if (path.starts_with("gone")) return fail(ErrorKind::system, "cannot read " + path);
    return input.words.empty() ? std::string() : input.words.back();
  };
  const auto parsed = parse_command_line(input);
  if (!parsed) {
    require(parsed.error().kind == ErrorKind::usage);
    require(parsed.error().message.find('\n') == std::string::npos);
    return 0;
  }
  const auto& command = parsed->options.command;
  require(parsed->verb != Verb::run || !command.empty());
  require(command.size() <= input.words.size());
  require(std::equal(command.rbegin(), command.rend(), input.words.rbegin()));
  return 0;
}
