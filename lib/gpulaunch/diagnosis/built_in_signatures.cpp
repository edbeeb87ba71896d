#include "gpulaunch/diagnosis/signature_reader.hpp"
#include "gpulaunch/diagnosis/signature_texts.hpp"

#include <iterator>
#include <utility>

namespace gpulaunch {

std::vector<Signature> built_in_signatures() {
  std::vector<Signature> all;
  for (const auto& text : signature_texts()) {
    std::string toml;
    for (const auto piece : text.pieces) toml += piece;
    // The unit tests parse each file strictly; a broken one must not hide what the others know.
    auto some = read_signatures(toml, text.name, PatternCheck::skipped);
    if (some) all.insert(all.end(), std::move_iterator(some->begin()), std::move_iterator(some->end()));
  }
  return all;
}

}  // namespace gpulaunch
