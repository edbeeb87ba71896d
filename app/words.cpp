#include "app/words.hpp"

#include <errno.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gpulaunch {
namespace {

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail_errno("cannot read " + path, errno);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (file.bad()) return fail_errno("cannot read " + path, errno);
  return text;
}

CommandLineInput command_line_input(int argc, char** argv) {
  CommandLineInput input;
  if (argc > 0) input.program_name = std::filesystem::path(argv[0]).filename().string();
  for (int i = 1; i < argc; ++i) input.words.emplace_back(argv[i]);
  input.variable = variable;
  input.read_file = read_file;
  return input;
}

}  // namespace gpulaunch
