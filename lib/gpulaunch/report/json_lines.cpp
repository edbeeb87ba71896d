#include "gpulaunch/report/json_lines.hpp"

#include "gpulaunch/report/text.hpp"

namespace gpulaunch {

nlohmann::ordered_json json_lines(const std::vector<std::string>& lines) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& line : lines) list.push_back(replace_invalid(line));
  return list;
}

}  // namespace gpulaunch
