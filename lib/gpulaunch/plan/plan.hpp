// The plan: a pure value that says, for every rank, everything that will be done: argv, environment difference,
// devices, CPUs, stdio, log paths. It can be compared, printed (--dry-run) and tested without starting anything.
// The supervisor carries it out and adds nothing of its own.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/ids.hpp"
#include "gpulaunch/plan/environment.hpp"
#include "gpulaunch/plan/job.hpp"
#include "gpulaunch/plan/topology.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

// GPULAUNCH_HEARTBEAT_FD of every rank.
inline constexpr int heartbeat_fd = 3;

enum class StdinSource {
  null,     // /dev/null
  inherit,  // the launcher's own descriptor 0
  copy,     // a pipe into which the launcher copies its standard input (--stdin all)
};

// Where one output stream of one rank goes. `inherit`: the launcher's own descriptor, nothing relayed.
struct StreamPlan {
  bool inherit = false;
  bool console = true;
  std::string file;  // byte-exact copy; empty: none
  friend bool operator==(const StreamPlan&, const StreamPlan&) = default;
};

struct RankPlan {
  Rank rank;
  LocalRank local_rank;
  std::vector<std::string> argv;     // argv[0] is looked up in the rank's PATH
  std::vector<EnvChange> env;        // difference to the launcher's environment, sorted by name
  std::vector<std::string> devices;  // the tokens that this rank sees, in its order; empty: none
  std::vector<int> cpus;             // affinity; empty: as inherited
  StdinSource standard_input = StdinSource::null;
  StreamPlan out;
  StreamPlan err;
  std::string error_file;  // TORCHELASTIC_ERROR_FILE; empty: none
};

struct Plan {
  std::string run_id;
  std::string host;
  int attempt = 0;
  int world_size = 1;
  std::string master_addr;
  int master_port = 0;
  bool changes_directory = false;  // --chdir; else ranks stay in the launcher's folder, whatever it is called by now
  std::string working_directory;   // of every rank, absolute
  std::string attempt_dir;         // log folder of this attempt; empty: nothing is kept
  std::string filtered_out;        // merged file of --duplicate-stdout-filters; empty: none
  std::string filtered_err;
  bool guard = false;     // the only rank is a command that is guarded, and no rank to its own mind
  bool terminal = false;  // the only rank gets the terminal: foreground group, job control
  bool pty = false;
  bool heartbeats = false;  // each rank gets a pipe for them as descriptor heartbeat_fd
  bool labels = false;
  std::vector<RankPlan> ranks;       // ranks[i].local_rank == i
  std::vector<std::string> notices;  // one-line remarks for the user (-q hides them)
};

// Facts of this one run that are neither asked for nor properties of the machine.
struct RunFacts {
  std::string run_id;  // UUID, or what --rdzv-id says
  int attempt = 0;
  int master_port = 0;            // reserved; 0 in a dry run that reserves none
  int ras_port = 0;               // for NCCL's own service, reserved where ranks may be inspected
  std::vector<int> worker_ports;  // with --compat tf one for each rank, reserved; empty in a dry run
  std::string run_dir;            // private folder (0700) for error files; empty in a dry run that makes none
  std::string log_base;           // <log_dir>/<run_id>_<random>; empty: no log files kept
  std::string working_directory;  // the launcher's own, before --chdir
  bool stdin_is_terminal = false;
  bool stdout_is_terminal = false;
};

// Where the ranks will run: the launcher's own folder, or what --chdir says.
[[nodiscard]] std::string ranks_directory(const Options& options, const RunFacts& facts);

// What the caller has to find out or make before make_plan(), so that a job pays only for what it uses:
// a folder for log files (create_log_base(); --log-dir, or the temporary folder when that is not given),
[[nodiscard]] bool needs_log_base(const Job& job);
// the list of GPUs,
[[nodiscard]] bool needs_gpus(const Job& job, const Environment& environment);
// the number of physical cores (hyper-threads are told apart by reading a file for each core),
[[nodiscard]] bool needs_physical_cores(const Job& job, const Environment& environment);
// RunFacts::worker_ports,
[[nodiscard]] bool needs_worker_ports(const Job& job);
// and, where the ranks may be looked at while they run (--hang-timeout, --dump-on), RunFacts::ras_port.
[[nodiscard]] bool may_inspect(const Job& job);

// The number of ranks on this machine, which the plan will have too. Errors: as make_plan().
[[nodiscard]] Result<int> count_ranks(const Job& job, const Topology& topology, const Environment& environment);

// Errors: usage (more ranks than GPUs, --stdin of a rank that is not there, no GPU with --nproc gpu, …).
[[nodiscard]] Result<Plan> make_plan(const Job& job, const Topology& topology, const Environment& environment,
                                     const RunFacts& facts);

}  // namespace gpulaunch
