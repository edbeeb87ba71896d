// What reports say about ranks that do not get on: since when, who is waited for, what each of them does. Made from the
// record; the texts that tools gave are made printable. Pure.
#pragma once

#include "gpulaunch/report/job_record.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace gpulaunch {

// "no progress for 30s (--hang-timeout)". For a record whose teardown was a hang's.
[[nodiscard]] std::string hang_headline(const JobRecord& record);
// For the failure block and its kin: who is waited for, what was found, when the ranks were last heard of.
[[nodiscard]] std::vector<std::string> hang_lines(const JobRecord& record);
// Everything that a look has shown, for a file.
[[nodiscard]] std::vector<std::string> full_hang_lines(const JobRecord& record,
                                                       const job_event::RanksInspected& inspected);
// For --dump-on, while the job runs; the first line says why there is one.
[[nodiscard]] std::vector<std::string> dump_lines(const JobRecord& record, const job_event::RanksInspected& inspected);

}  // namespace gpulaunch
