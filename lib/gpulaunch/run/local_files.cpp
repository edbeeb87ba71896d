#include "gpulaunch/run/local_files.hpp"

#include "gpulaunch/diagnosis/evidence/space_facts.hpp"

#include <filesystem>
#include <system_error>

namespace gpulaunch {

LocalFiles::LocalFiles() : mounts_(read_mounts("")) {}

bool LocalFiles::has(const std::string& path) const {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  return !failed && local_path(mounts_, whole.string()).has_value();
}

}  // namespace gpulaunch
