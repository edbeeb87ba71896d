#include "gpulaunch/diagnosis/signatures/built_in_signatures.hpp"

#include "gpulaunch/diagnosis/matching/packed_signature.hpp"
#include "gpulaunch/diagnosis/signatures/compiled_signatures.hpp"

namespace gpulaunch {

std::vector<Signature> built_in_signatures() {
  std::vector<Signature> all;
  for (auto text : compiled_signatures()) {
    while (!text.empty()) all.push_back(unpack_signature(text));
  }
  return all;
}

}  // namespace gpulaunch
