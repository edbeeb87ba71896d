// The words of app/share/schemas/events.schema.json for what our enumerators mean. They are a contract with readers and
// do not follow the enumerators' names.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <string_view>

namespace gpulaunch {

[[nodiscard]] std::string_view event_word(EndCause cause);
[[nodiscard]] std::string_view event_word(DetectedBy path);
[[nodiscard]] std::string_view event_word(Containment containment);
[[nodiscard]] std::string_view event_word(TeardownReason reason);
[[nodiscard]] std::string_view event_word(Ending ending);
[[nodiscard]] std::string_view event_word(StormKind kind);
[[nodiscard]] std::string_view event_word(ErrorKind kind);

}  // namespace gpulaunch
