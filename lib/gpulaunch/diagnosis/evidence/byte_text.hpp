// Amounts of memory as sentences of evidence show them: "64.0 MiB", "512 B". The fact makers of this folder call it.
#pragma once

#include <cstdint>
#include <string>

namespace gpulaunch {

[[nodiscard]] std::string byte_text(std::uint64_t bytes);

}  // namespace gpulaunch
