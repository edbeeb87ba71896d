// What was found out about ranks that do not get on, as members of JSON events. For event_json.cpp alone.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <nlohmann/json.hpp>

namespace gpulaunch {

void put_hang(nlohmann::ordered_json& json, const job_event::HangSuspected& hang, const JobRecord& record);
void put_findings(nlohmann::ordered_json& json, const job_event::RanksInspected& inspected);

}  // namespace gpulaunch
