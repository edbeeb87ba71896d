// Lines that ranks or tools printed, as a JSON array: bytes that are no UTF-8 become U+FFFD. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace gpulaunch {

[[nodiscard]] nlohmann::ordered_json json_lines(const std::vector<std::string>& lines);

}  // namespace gpulaunch
