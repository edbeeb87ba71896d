// Facts about limits that the ranks ran under: open files, locked memory, and how many processes there may be, by user
// and by cgroup. The counts are those after the failure, when many may be gone already; so a cgroup's own count of
// refusals since the start of the job is asked first.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"
#include "gpulaunch/diagnosis/evidence/own_cgroups.hpp"
#include "gpulaunch/diagnosis/evidence/question.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// A cgroup's limit of tasks, and how often it has refused one.
struct TaskLimit {
  std::string folder = {};
  std::optional<long long> most = {};  // nothing: no limit
  long long now = 0;
  long long refused = 0;
};
// The ranks' cgroup, or our own, or the nearest above that has such a limit; nothing where there is none.
[[nodiscard]] std::optional<TaskLimit> read_task_limit(const OwnCgroups& own, const std::string& cgroup);

struct ProcessLimits {
  rlimit open_files{};
  rlimit locked_memory{};
  rlimit processes{};           // of the user: threads count
  long long users_threads = 0;  // 0: not counted
};
[[nodiscard]] ProcessLimits read_process_limits(const EvidenceQuestion& question);

// descriptors-low (1024 at most), memlock-low (64 MiB at most), processes-limited (95% used, or refusals since
// `refused_before`).
[[nodiscard]] std::vector<Fact> limit_facts(const ProcessLimits& limits, const std::optional<TaskLimit>& tasks,
                                            long long refused_before);

}  // namespace gpulaunch
