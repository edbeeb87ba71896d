// The plan for tools (--dry-run=json): one JSON document, "schema": 1, described by app/share/schemas/plan.schema.json.
// Every rank stands for itself with its whole environment difference. Values of secrets are masked; bytes that are not
// UTF-8 appear as U+FFFD. Ends with a newline.
#pragma once

#include "gpulaunch/plan/plan.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <string>

namespace gpulaunch {

[[nodiscard]] std::string plan_json(const Plan& plan, const Topology& topology);

}  // namespace gpulaunch
