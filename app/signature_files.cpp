#include "app/signature_files.hpp"

#include "app/words.hpp"

#include <iterator>

namespace gpulaunch {

Result<std::vector<Signature>> read_signature_files(const std::vector<std::string>& paths) {
  std::vector<Signature> all;
  for (const auto& path : paths) {
    const auto text = read_file(path);
    if (!text) return fail(ErrorKind::usage, "--signatures: " + text.error().message);
    auto signatures = parse_signatures(*text, "--signatures: " + path);
    if (!signatures) return tl::unexpected(signatures.error());
    std::move(signatures->begin(), signatures->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace gpulaunch
