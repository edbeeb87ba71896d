#include "known_signatures.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace gpulaunch::testing {
namespace {

std::vector<Signature> signatures_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string toml{std::istreambuf_iterator<char>(file), {}};
  auto signatures = parse_signatures(toml, path.string());
  if (!signatures) throw std::runtime_error(signatures.error().message);
  return *std::move(signatures);
}

std::vector<Signature> all_signatures_of(const std::filesystem::path& folder) {
  std::vector<Signature> all;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".toml") std::ranges::move(signatures_of(file), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<Signature>& known_signatures() {
  static const auto all = all_signatures_of(GPULAUNCH_SIGNATURE_DIR);
  return all;
}

}  // namespace gpulaunch::testing
