// The lines by which launchers tell of ends, as patterns. A set of all of them says in one pass over a line whether it
// is one of those; only then is its own pattern asked for the parts. Used by log_ends.cpp alone.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <re2/re2.h>
#include <re2/set.h>
#include <string_view>
#include <vector>

namespace gpulaunch {

enum class EndPhrase {
  summary_begins,     // torchrun: "Root Cause (first observed failure):", "Failures:"
  agent_failed,       // "failed (exitcode: -9) local_rank: 0 (pid: 1795)"
  agent_closing,      // "Sending process 1167 closing signal SIGTERM"
  agent_error,        // "…errors.ChildFailedError:"
  srun_ended,         // "srun: error: node01: tasks 0-2,5: Exited with exit code 1"
  step_cancelled,     // "slurmstepd: error: *** STEP 1.0 ON node01 CANCELLED AT …"
  mpirun_signal,      // "mpirun noticed that process rank 3 with PID 17 on node n exited on signal 11"
  mpirun_wrapped,     // the same, cut before "signal"
  signal_line,        // the rest of it: "signal 11 (Segmentation fault)."
  process_name,       // "Process name: [[12345,1],3]"
  exit_code,          // "Exit code:    1"
  mpi_abort,          // "MPI_ABORT was invoked on rank 3"
  error_code,         // "with errorcode 1."
  mpich_abort,        // "application called MPI_Abort(MPI_COMM_WORLD, 1) - process 3"
  hydra_process,      // "=   RANK 3 PID 17 RUNNING AT node01"
  hydra_code,         // "=   EXIT CODE: 9"
  hydra_signal,       // "=   KILLED BY SIGNAL: 9 (Killed)", "… EXIT STRING: Killed (signal 9)"
  own_end,            // "gpulaunch: rank 2 exited with code 7"
  own_all,            // "gpulaunch: all 8 ranks exited with code 1"
  own_timeout,        // "gpulaunch: timed out after 10s; ranks still running: 0-3"
  own_last,           // "gpulaunch: exit code 7 (rank 2's)"
  spawn_end,          // "process 3 terminated with signal SIGKILL"
  spawn_words,        // "-- Process 3 terminated with the following error:"
  deepspeed_rank,     // "… '--local_rank=3', …] exits with return code = -9"
  deepspeed_process,  // "Process 17 exits with return code = 1"
  deepspeed_kill,     // "Killing subprocess 17"
  compose_end,        // "worker-3 exited with code 137"
  program_code,       // "command terminated with exit code 137", "Exit Code: 137"
  shell_signal,       // "./run.sh: line 3: 1795 Killed  python train.py", "Killed"
  oom_killed,         // "Reason: OOMKilled", "oom_kill event"
  banner,             // rules and prose around all of that, which no rank wrote
  world_size,         // "world_size=8", "nranks 8"
};

inline constexpr std::size_t end_phrases = static_cast<std::size_t>(EndPhrase::world_size) + 1;

// The parts of a line that a phrase's pattern names, in the order of its groups.
struct EndMatch {
  EndPhrase phrase = EndPhrase::world_size;
  std::array<re2::StringPiece, 5> parts;

  [[nodiscard]] std::string_view operator[](std::size_t part) const { return {parts[part].data(), parts[part].size()}; }
};

class EndPatterns {
 public:
  EndPatterns();

  // The phrases of a line, in the order of EndPhrase.
  [[nodiscard]] std::vector<EndMatch> find(std::string_view line) const;

 private:
  RE2::Set all_;
  std::deque<RE2> each_;
};

}  // namespace gpulaunch
