#include "gpulaunch/diagnosis/logs/end_patterns.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

// In the order of EndPhrase.
constexpr std::array<const char*, end_phrases> patterns{
    R"(^\s*(Root Cause|Failures|Other Failures)(?: \(first observed failure\))?:\s*$)",
    R"(failed \(exitcode: (-?\d{1,5})\) (?:local_rank: (\d{1,6}) )?\(pid: (\d{1,9})\))",
    R"(Sending process (\d{1,9}) closing signal SIG)",
    R"(\b(ChildFailedError|SignalException): ?)",
    R"(^srun: error: [^ :]+: tasks? \[?([\d,-]+)\]?: (.+)$)",
    R"(\*\*\* (?:STEP|JOB) .*CANCELLED|Job step aborted|^srun: (?:Terminating|Force Terminated))",
    R"(noticed that process rank (\d{1,6}) with PID (\d{1,9}) on node \S+ exited on +signal (\d{1,3}))",
    R"(noticed that process rank (\d{1,6}) with PID (\d{1,9}) on node \S+ exited on *$)",
    R"(^ *signal (\d{1,3}) \([A-Z])",
    R"(^\s*Process name:\s*(?:\[.*,)?(\d{1,6})\]?\s*$)",
    R"(^\s*Exit code:\s*(\d{1,3})\s*$)",
    R"(MPI_ABORT was invoked on rank (\d{1,6}))",
    R"((?:with errorcode|Errorcode:) (\d{1,5}))",
    R"(application called MPI_Abort\([^)]*, (-?\d{1,6})\) - process (\d{1,6}))",
    R"(^=\s+(?:RANK (\d{1,6}) )?PID (\d{1,9}) RUNNING AT)",
    R"(^=\s+EXIT CODE: (\d{1,5}))",
    R"(^=\s+KILLED BY SIGNAL: (\d{1,3})|EXIT STRING: .*\(signal (\d{1,3})\))",
    R"(^gpulaunch: rank (\d{1,6}) ((?:exited|was killed) .*)$)",
    R"(^gpulaunch: all (\d{1,6}) ranks(?: on \S+)? ((?:exited|were killed) .*)$)",
    R"(^gpulaunch: timed out after [^;]*(?:; ranks still running: ([\d, -]+))?)",
    R"(^gpulaunch: exit code )",
    R"(\bprocess (\d{1,6}) terminated with (?:signal (SIG\w+)|exit code (\d{1,3})))",
    R"(^-- Process (\d{1,6}) terminated with the following error:)",
    R"(--local_rank=(\d{1,6})\b.* exits with return code = (-?\d{1,5}))",
    R"(\bProcess (\d{1,9}) exits with return code = (-?\d{1,5}))",
    R"(\bKilling subprocess (\d{1,9}))",
    R"(^([A-Za-z0-9][\w.-]*-\d{1,6}) exited with code (\d{1,3})\s*$)",
    R"(^command terminated with exit code (\d{1,3})\s*$|^\s*Exit Code:\s+(\d{1,3})\s*$)",
    R"(^[^\s:]+: line \d+: +\d+ (Killed|Segmentation fault|Aborted|Bus error|Illegal instruction|Terminated))"
    R"((?: +(\(core dumped\)))?(?: .*)?$|)"
    R"(^(?:[^\s:]*sh: )?(Killed|Segmentation fault|Aborted|Bus error|Illegal instruction|Terminated))"
    R"((?: +(\(core dumped\)))?$)",
    R"(\bOOMKilled\b|\boom[-_]kill event|Out of memory: Killed process (\d{1,9}))",
    R"(^=+$|^=   [A-Z]|^-{40,}$|^(?:mpirun|prterun|mpiexec) detected that|^(?:YOUR APPLICATION TERMINATED|Primary job  )|)"
    R"(^a non-zero exit code\. Per user|^thus causing the job|^slurmstepd: error: |^srun: (?:job|error: )|)"
    R"(^[WEI]\d{4} [\d:.]+ \d+ torch/distributed/(?:run|elastic/)|^\[[^\]]+\] \[[A-Z]+\] \[(?:launch|runner)\.py:)",
    R"((?i:\bworld[_ ]?size)['"]?\s*[=:]\s*(\d{1,6})\b|\bnranks (\d{1,6})\b)"};

}  // namespace

EndPatterns::EndPatterns() : all_(RE2::DefaultOptions, RE2::UNANCHORED) {
  for (const auto* pattern : patterns) {
    all_.Add(pattern, nullptr);
    each_.emplace_back(pattern);
  }
  all_.Compile();
}

std::vector<EndMatch> EndPatterns::find(std::string_view line) const {
  std::vector<int> found;
  const re2::StringPiece text(line.data(), line.size());
  if (!all_.Match(text, &found)) return {};
  std::sort(found.begin(), found.end());
  std::vector<EndMatch> matches;
  for (const int index : found) {
    EndMatch match{static_cast<EndPhrase>(index), {}};
    const auto& pattern = each_[static_cast<std::size_t>(index)];
    const auto groups = std::min<int>(pattern.NumberOfCapturingGroups() + 1, static_cast<int>(match.parts.size()));
    if (pattern.Match(text, 0, text.size(), RE2::UNANCHORED, match.parts.data(), groups)) matches.push_back(match);
  }
  return matches;
}

}  // namespace gpulaunch
