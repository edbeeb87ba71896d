#include "gpulaunch/diagnosis/evidence/limit_facts.hpp"

#include "gpulaunch/diagnosis/evidence/byte_text.hpp"
#include "gpulaunch/diagnosis/evidence/oom_counter.hpp"
#include "gpulaunch/host/files.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "gpulaunch/process/process_facts.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

std::optional<long long> number_in(const std::string& file) {
  const auto text = read_small_file(file);
  long long number = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc{})
    return std::nullopt;
  return number;
}

std::optional<TaskLimit> task_limit_of(const std::string& folder) {
  const auto now = number_in(folder + "/pids.current");
  if (!now) return std::nullopt;
  const auto events = read_small_file(folder + "/pids.events");
  const auto refused = events ? count_named(*events, "max") : std::nullopt;
  return TaskLimit{folder, number_in(folder + "/pids.max"), *now, refused.value_or(0)};
}

std::string limit_text(rlim_t limit, std::string (*shown)(std::uint64_t)) {
  return limit == RLIM_INFINITY ? "unlimited" : shown(limit);
}

std::string plain(std::uint64_t number) { return fmt::format("{}", number); }

Fact low_limit(const char* name, const char* what, const rlimit& limit, std::string (*shown)(std::uint64_t)) {
  return {name,
          {},
          fmt::format("the soft limit of {} is {} (the hard limit {})", what, limit_text(limit.rlim_cur, shown),
                      limit_text(limit.rlim_max, shown))};
}

bool nearly_used(long long now, long long most) { return most > 0 && now >= most - most / 20; }

std::optional<Fact> refused_tasks(const TaskLimit& tasks, long long before) {
  if (tasks.refused > before) {
    return Fact{"processes-limited",
                {},
                fmt::format("cgroup {} refused {} new processes or threads while the job ran{}", tasks.folder,
                            tasks.refused - before, tasks.most ? fmt::format(" (pids.max is {})", *tasks.most) : "")};
  }
  if (!tasks.most || !nearly_used(tasks.now, *tasks.most)) return std::nullopt;
  return Fact{"processes-limited",
              {},
              fmt::format("cgroup {} has {} of {} processes and threads in use", tasks.folder, tasks.now, *tasks.most)};
}

// The number of threads stands in the facts of each process; whose it is, in the owner of its folder.
long long threads_of_user(uid_t user) {
  long long threads = 0;
  NumberFolder processes{ProcPath()};
  constexpr int most = 4096;  // to count more would take longer than the answer is worth
  for (int i = 0; i < most; ++i) {
    const auto pid = processes.next();
    if (!pid) return threads;
    struct stat owner {};
    const auto folder = ProcPath() / *pid;
    if (::stat(folder.c_str(), &owner) != 0 || owner.st_uid != user) continue;
    const auto facts = read_facts(*pid);
    if (facts) threads += facts->threads;
  }
  return 0;
}

}  // namespace

std::optional<TaskLimit> read_task_limit(const OwnCgroups& own, const std::string& cgroup) {
  std::string folder = cgroup.empty() ? own.unified.value_or("") : cgroup;
  for (; folder.size() > 1; folder.erase(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'))) {
    const auto limit = task_limit_of(folder);
    if (limit && (limit->most || limit->refused > 0)) return limit;
  }
  return own.pids ? task_limit_of(*own.pids) : std::nullopt;
}

ProcessLimits read_process_limits(const EvidenceQuestion& question) {
  ProcessLimits limits;
  if (question.open_files) limits.open_files = *question.open_files;
  if (!question.open_files) ::getrlimit(RLIMIT_NOFILE, &limits.open_files);
  ::getrlimit(RLIMIT_MEMLOCK, &limits.locked_memory);
  ::getrlimit(RLIMIT_NPROC, &limits.processes);
  // The kernel does not hold root to it (fork(2), EAGAIN).
  if (limits.processes.rlim_cur != RLIM_INFINITY && ::geteuid() != 0)
    limits.users_threads = threads_of_user(::geteuid());
  return limits;
}

std::vector<Fact> limit_facts(const ProcessLimits& limits, const std::optional<TaskLimit>& tasks,
                              long long refused_before) {
  std::vector<Fact> facts;
  if (limits.open_files.rlim_cur <= 1024)
    facts.push_back(low_limit("descriptors-low", "open files", limits.open_files, plain));
  if (limits.locked_memory.rlim_cur <= 64 * 1024 * 1024)
    facts.push_back(low_limit("memlock-low", "locked memory", limits.locked_memory, byte_text));
  const auto& processes = limits.processes;
  if (processes.rlim_cur != RLIM_INFINITY &&
      nearly_used(limits.users_threads, static_cast<long long>(processes.rlim_cur))) {
    facts.push_back({"processes-limited",
                     {},
                     fmt::format("the user has {} of {} processes and threads in use (ulimit -u)", limits.users_threads,
                                 processes.rlim_cur)});
  }
  if (auto fact = tasks ? refused_tasks(*tasks, refused_before) : std::nullopt) facts.push_back(std::move(*fact));
  return facts;
}

}  // namespace gpulaunch
