// What was asked, and nothing about what it means on this machine: the command line over PET_* variables over the
// config file over the defaults, every value already validated. The verbs in app/ read it; make_job() gives it meaning.
// Where a default depends on something else (the mode, the scheduler, the number of ranks) the field is optional.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/options/values.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gpulaunch {

// How the program was called: as itself; through a link named `torchrun`, whose ways it then keeps; or to guard one
// command, which is given nothing but the guarantee that nothing of it is left.
enum class Mode { gpulaunch, torchrun, guard };

struct JobOptions {
  NprocRequest nproc;
  bool module = false;          // -m: PROGRAM is a Python module
  bool no_python = false;       // exec PROGRAM as it is, whatever its ending
  bool run_path = false;        // PROGRAM is a Python script, whatever its ending (no_python is then false)
  bool oversubscribe = false;   // more ranks than GPUs are wanted
  bool local_rank_arg = false;  // append --local-rank=N to the program's arguments
  bool expand = false;          // replace {rank} {local_rank} {host} in the program's arguments
  std::string wrap;             // words put before the program, split like a shell splits words; {rank} … replaced
  RankSet wrap_ranks;           // empty: every rank
  std::string role = "default";
  std::string run_id;              // --rdzv-id; empty: a random UUID
  std::string master_addr;         // empty: 127.0.0.1 (localhost in torchrun mode)
  std::optional<int> master_port;  // empty: a free one, reserved for the whole job
  bool virtual_local_rank = false;
  DeviceMode devices = DeviceMode::all;
};

struct EnvironmentOptions {
  std::vector<EnvAssignment> assignments;  // --env and --env-file, in the order given; the last one of a name wins
  std::vector<std::string> keep;           // --keep-env globs
  std::vector<CompatFamily> compat;
  std::string chdir;  // empty: stay
};

struct OutputOptions {
  When label = When::automatic;
  std::string label_format;  // with {rank} {local_rank} {host} {role} {time}, or torchrun's ${rank} …; empty: default
  bool timestamps = false;
  StdioMode stdio = StdioMode::relay;
  StdinRequest standard_input;
  std::string log_file;        // --log: everything, merged and labelled
  std::string log_dir;         // base of torchrun's layout; empty: none kept; "/dev/null" disables error files too
  StreamMap redirects;         // file only
  StreamMap tee;               // file and console
  RankSet local_ranks_filter;  // console shows only these
  std::vector<std::string> duplicate_stdout_filters;
  std::vector<std::string> duplicate_stderr_filters;
  bool collapse = false;
  bool pty = false;
  When color = When::automatic;
};

struct FailureOptions {
  std::optional<Nanos> grace;  // --grace, --shutdown-timeout
  std::optional<Nanos> stop_grace;
  Nanos linger = std::chrono::milliseconds(500);
  bool die_with_parent = false;
  Isolation isolation = Isolation::none;
  Nanos unkillable_timeout = std::chrono::seconds(30);
  std::optional<Nanos> timeout;  // over all attempts
  std::optional<Nanos> hang_timeout;
  std::string progress_regex;  // empty: all output is progress
  std::optional<int> dump_on;  // a signal
  int max_procs = 1024;        // of one rank at once; 0: nobody looks for spawn storms
  int max_restarts = 0;
  Nanos restart_delay = std::chrono::seconds(1);  // before the first restart; doubled for each further one, up to 60 s
  OnFailure on_failure = OnFailure::kill;
  SignalScope signal_scope = SignalScope::automatic;
  std::vector<std::pair<int, SignalPolicy>> on_signal;
};

struct ReportOptions {
  std::string events;         // FILE or fd:N
  bool event_output = false;  // --events-output: every line of the ranks is an event too
  std::string junit;
  DryRun dry_run = DryRun::off;
  int verbosity = 0;  // -q: -1, -v: 1, -vv: 2
};

struct Options {
  Mode mode = Mode::gpulaunch;
  JobOptions job;
  EnvironmentOptions environment;
  OutputOptions output;
  FailureOptions failure;
  ReportOptions report;
  std::vector<std::string> command;  // PROGRAM and its arguments, byte for byte
  std::vector<std::string> notices;  // one line each: flags accepted that have no sense here, and why
};

}  // namespace gpulaunch
