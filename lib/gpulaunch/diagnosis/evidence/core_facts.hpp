// Where the core of a rank is that has dumped one: in a file, looked for by the kernel's pattern, or with a program
// that the kernel hands it to (core(5)).
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The name that a process's core has, as a pattern of fnmatch(3), from the text of core_pattern. What cannot be known
// of a process that is gone is "*".
[[nodiscard]] std::string core_file_pattern(std::string_view core_pattern, bool uses_pid, pid_t pid);

// core-written
[[nodiscard]] std::vector<Fact> core_facts(const std::string& root, const EvidenceQuestion& question);

}  // namespace gpulaunch
