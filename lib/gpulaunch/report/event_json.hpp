// One event as one JSON object, as app/share/schemas/events.schema.json documents it. Every value is valid UTF-8
// whatever the ranks printed, and secrets in commands are masked. Pure.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <string>

namespace gpulaunch {

inline constexpr int event_format_version = 1;

// `record` has noted the event already. Without a line feed.
[[nodiscard]] std::string event_json(const JobEvent& event, const JobRecord& record);

}  // namespace gpulaunch
