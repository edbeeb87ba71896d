#include "gpulaunch/host/program.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace gpulaunch {
namespace {

// execvp(3) searches these when PATH is unset.
constexpr std::string_view default_path = "/bin:/usr/bin";

enum class Standing { missing, folder, not_permitted, fine };

std::string below(std::string_view directory, std::string_view path) {
  return path.starts_with('/') || directory.empty() ? std::string(path) : fmt::format("{}/{}", directory, path);
}

// How a file would fare with exec (X_OK) or open (R_OK), by the effective ids that the kernel will use.
Standing standing_of(const std::string& path, int mode) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno == EACCES ? Standing::not_permitted : Standing::missing;
  if (S_ISDIR(status.st_mode)) return Standing::folder;
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? Standing::fine : Standing::not_permitted;
}

Result<std::string> find_named_path(const ProgramLookup& lookup) {
  switch (standing_of(below(lookup.directory, lookup.name), X_OK)) {
    case Standing::fine: return lookup.name;
    case Standing::folder: return fail(ErrorKind::not_executable, lookup.name + " is a directory, not a program");
    case Standing::not_permitted:
      return fail(ErrorKind::not_executable, lookup.name + " is not executable (permission denied)");
    case Standing::missing: break;
  }
  return fail(ErrorKind::not_found, fmt::format("program not found: {} (in {})", lookup.name, lookup.directory));
}

std::string not_found_in_path(const ProgramLookup& lookup, std::string_view path) {
  auto message = fmt::format("program not found: {} (searched {})", lookup.name, path);
  const bool is_here = standing_of(below(lookup.directory, lookup.name), X_OK) == Standing::fine;
  return is_here ? message + fmt::format("; did you mean ./{}?", lookup.name) : message;
}

Result<std::string> search(const ProgramLookup& lookup, std::string_view path) {
  std::optional<std::string> refused;
  for (std::string_view rest = path;;) {
    const auto colon = rest.find(':');
    const auto folder = rest.substr(0, colon);
    // An empty entry of PATH is the working directory.
    const auto candidate = folder.empty() ? "./" + lookup.name : fmt::format("{}/{}", folder, lookup.name);
    const auto standing = standing_of(below(lookup.directory, candidate), X_OK);
    if (standing == Standing::fine) return candidate;
    if (standing == Standing::not_permitted && !refused) refused = candidate;
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (refused) {
    return fail(ErrorKind::not_executable, fmt::format("{} is not executable (permission denied)", *refused));
  }
  return fail(ErrorKind::not_found, not_found_in_path(lookup, path));
}

}  // namespace

Result<std::string> find_program(const ProgramLookup& lookup) {
  if (lookup.name.empty()) return fail(ErrorKind::not_found, "program not found: its name is empty");
  if (lookup.name.find('/') != std::string::npos) return find_named_path(lookup);
  return search(lookup, lookup.search_path.empty() ? default_path : std::string_view(lookup.search_path));
}

Result<void> check_script(std::string_view script, std::string_view directory) {
  switch (standing_of(below(directory, script), R_OK)) {
    case Standing::fine: return {};
    case Standing::folder:
      return fail(ErrorKind::not_executable, fmt::format("{} is a directory, not a script", script));
    case Standing::not_permitted:
      return fail(ErrorKind::not_executable, fmt::format("{} cannot be read (permission denied)", script));
    case Standing::missing: break;
  }
  return fail(ErrorKind::not_found, fmt::format("script not found: {} (in {})", script, directory));
}

}  // namespace gpulaunch
