// A diagnosis as a JSON object: part of the event "diagnosis", and what `gpulaunch explain --json` prints.
#pragma once

#include "gpulaunch/diagnosis/verdict.hpp"

#include <nlohmann/json.hpp>

#include <functional>

namespace gpulaunch {

// `number` turns an index into the number that a rank has in the world.
[[nodiscard]] nlohmann::ordered_json json_diagnosis(const Diagnosis& diagnosis, const std::function<int(int)>& number);

}  // namespace gpulaunch
