#include "gpulaunch/options/apply.hpp"
#include "gpulaunch/options/definitions.hpp"

#include <algorithm>

namespace gpulaunch::definitions {
namespace {

void set_policy(Draft& draft, int signo, SignalPolicy policy) {
  auto& policies = draft.options.failure.on_signal;
  std::erase_if(policies, [signo](const auto& known) { return known.first == signo; });
  policies.emplace_back(signo, policy);
}

Result<void> set_on_signal(Draft& draft, std::string_view text) {
  return parse_signal_policy(text).map([&](const auto& asked) { set_policy(draft, asked.first, asked.second); });
}

Result<void> stop_on_signals(Draft& draft, std::string_view text) {
  return parse_signal_list(text).map([&](const std::vector<int>& numbers) {
    for (const int signo : numbers) set_policy(draft, signo, SignalPolicy::stop);
  });
}

constexpr OptionDefinition table[] = {
    {.name = "on-failure",
     .metavar = "kill|continue",
     .group = Group::failure,
     .help = "What happens to the others when a rank fails",
     .default_text = "kill",
     .apply = apply::put<parse_on_failure, &Options::failure, &FailureOptions::on_failure>},
    {.name = "timeout",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "End the job after this time, restarts included; 0 for no limit",
     .more = "Exit status 124.",
     .default_text = "0",
     .common = true,
     .apply = apply::put<parse_time_limit, &Options::failure, &FailureOptions::timeout>},
    {.name = "hang-timeout",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "End a job of which no rank has shown progress for this long; 0 for no limit",
     .more = "Progress is any output of a rank, what --progress-regex matches, or a byte that a rank writes to the "
             "descriptor GPULAUNCH_HEARTBEAT_FD. The ranks are looked at first, and the report says what they do. Exit "
             "status 124; with --max-restarts, a hang is a failure like others.",
     .default_text = "0",
     .common = true,
     .apply = apply::put<parse_time_limit, &Options::failure, &FailureOptions::hang_timeout>},
    {.name = "progress-regex",
     .metavar = "REGEX",
     .group = Group::failure,
     .help = "Only a line in which this matches shows progress",
     .more = "In the syntax of RE2. What it matches (its groups, where it has any) must differ from the rank's last "
             "match: a counter that stands still is no progress. With --max-restarts, three failed attempts in a row "
             "that got nowhere end the job with exit status 93.",
     .apply = apply::put<parse_progress_pattern, &Options::failure, &FailureOptions::progress_regex>},
    {.name = "dump-on",
     .metavar = "SIGNAL",
     .group = Group::failure,
     .help = "Show what all ranks are doing when this signal comes, and go on",
     .more = "Their state, and their stacks where py-spy, gdb or eu-stack are there. The signal is then not passed on.",
     .apply = apply::put<parse_dump_signal, &Options::failure, &FailureOptions::dump_on>},
    {.name = "max-restarts",
     .torchrun = "max-restarts",
     .metavar = "N",
     .group = Group::failure,
     .help = "Start all ranks again after a failure, at most N times",
     .default_text = "0",
     .pet = "PET_MAX_RESTARTS",
     .common = true,
     .apply = apply::put<parse_restart_count, &Options::failure, &FailureOptions::max_restarts>},
    {.name = "restart-delay",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "Wait this long before the first restart",
     .more = "Doubled for each further one, up to 60s.",
     .default_text = "1s",
     .apply = apply::put<parse_duration, &Options::failure, &FailureOptions::restart_delay>},
    {.name = "grace",
     .torchrun = "shutdown-timeout",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "After a failure, time between SIGTERM and SIGKILL of the other ranks",
     .default_text = "15s; 30s as torchrun",
     .pet = "PET_SHUTDOWN_TIMEOUT",
     .torch_variable = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT",
     .common = true,
     .apply = apply::put<parse_duration, &Options::failure, &FailureOptions::grace>},
    {.name = "stop-grace",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "The same after a signal from outside",
     .default_text = "the scheduler's own deadline less 2s where it is known, else 30s",
     .apply = apply::put<parse_duration, &Options::failure, &FailureOptions::stop_grace>},
    {.name = "linger",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "Time that the children of a dead rank get to clean up before SIGKILL",
     .default_text = "500ms",
     .apply = apply::put<parse_duration, &Options::failure, &FailureOptions::linger>},
    {.name = "unkillable-timeout",
     .metavar = "DURATION",
     .group = Group::failure,
     .help = "How long to wait for processes that SIGKILL does not end",
     .more =
         "Then they are named, with what they wait for, and the launcher gives up with exit status 125; a process of "
         "its own stays until they are gone.",
     .default_text = "30s",
     .apply = apply::put<parse_duration, &Options::failure, &FailureOptions::unkillable_timeout>},
    {.name = "max-procs",
     .metavar = "N",
     .group = Group::failure,
     .help = "Stop the job when a rank has more than N processes at once; 0 for no guard",
     .more = "With the guard, a program that starts itself ever deeper, or whose children fail and are started again "
             "without end, is stopped as well. Threads do not count. Exit status 125.",
     .default_text = "1024",
     .apply = apply::put<parse_process_limit, &Options::failure, &FailureOptions::max_procs>},
    {.name = "die-with-parent",
     .takes = Takes::flag,
     .group = Group::failure,
     .help = "End the job when the process that started gpulaunch ends",
     .more = "Its end counts as a SIGTERM to the launcher: ranks get the same time, and --on-signal applies. Where the "
             "starter has ended before gpulaunch could look, the process that adopted gpulaunch is watched instead; "
             "where it ends before the job has begun, nothing is started (exit status 143).",
     .apply = apply::flag<&Options::failure, &FailureOptions::die_with_parent>},
    {.name = "isolate",
     .metavar = "none|pid",
     .group = Group::failure,
     .help = "Run the job in a pid namespace of its own",
     .more =
         "The kernel itself then kills everything when the launcher is killed, all of it at the same instant "
         "included. Process numbers inside differ from those outside, without root set-user-ID programs do not work, "
         "and one rank on a terminal is not lent the terminal: a shell has no job control there. Refused where the "
         "machine does not allow it.",
     .default_text = "none",
     .apply = apply::put<parse_isolation, &Options::failure, &FailureOptions::isolation>},
    {.name = "signal-scope",
     .metavar = "auto|leader|group",
     .group = Group::failure,
     .help = "Who of a rank gets a signal that is passed on",
     .more = "auto: the rank's own process, or its whole group when that is a shell.",
     .default_text = "auto",
     .apply = apply::put<parse_signal_scope, &Options::failure, &FailureOptions::signal_scope>},
    {.name = "on-signal",
     .metavar = "SIGNAL=forward|stop|ignore",
     .group = Group::failure,
     .help = "What a signal to the launcher does",
     .more = "forward: pass it on, the job goes on. stop: pass it on and end the job. May be repeated.",
     .default_text = "stop for HUP, INT, QUIT, TERM; forward for USR1, USR2",
     .repeats = Repeats::merges,
     .apply = set_on_signal},
    {.name = "signals-to-handle",
     .torchrun = "signals-to-handle",
     .metavar = "SIGNAL,...",
     .group = Group::failure,
     .help = "Signals that end the job, as torchrun names them",
     .default_text = "SIGTERM,SIGINT,SIGHUP,SIGQUIT",
     .pet = "PET_SIGNALS_TO_HANDLE",
     .apply = stop_on_signals},
};

}  // namespace

Table failure() { return table; }

}  // namespace gpulaunch::definitions
