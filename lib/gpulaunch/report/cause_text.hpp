// What the diagnosis of a finished job adds to its reports. The failure block wraps it for people; reports for machines
// (JUnit, annotations, the parent's error file) take lines that are not wrapped. Secrets are masked, control characters
// made visible. Pure.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// "cause (likely)", or "cause (likely, rank 2)" where that is not the rank which the headline names. For a record with
// a diagnosis.
[[nodiscard]] std::string cause_label(const JobRecord& record);

// Whether all that was found out is an exception of the program, which stands among the lines shown anyway (`bar`
// before each quoted one).
[[nodiscard]] bool says_no_more(const Diagnosis& found, const std::vector<std::string>& shown,
                                std::string_view bar = {});

// "cuda out of memory (likely)"; of a failure that has no name of its own the line that convinced. May be empty.
[[nodiscard]] std::string cause_title(const Diagnosis& found);

// The headline of a job (narrative.hpp) with the cause: "rank 2 exited with code 9: cuda out of memory (likely)". Where
// its rank is not the one to blame, or not alone, it names those that are: "ranks 0, 3: cuda out of memory (likely)".
[[nodiscard]] std::string blaming_headline(const JobRecord& record, std::optional<Nanos> timeout);

// "cause (likely): …", "fix: …", "evidence: …", "rank 1 said: …", each of them one line and none where it is not known.
// A quote that stands in `shown` is left out; where that says it all, or an exit code is all there is, so is the rest.
[[nodiscard]] std::vector<std::string> cause_lines(const JobRecord& record, const std::vector<std::string>& shown = {});

}  // namespace gpulaunch
