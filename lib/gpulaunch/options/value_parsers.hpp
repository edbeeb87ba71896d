// From text to values: one function for each kind of value that an option takes. All are pure, accept the whole text or
// nothing, and say what they wanted ("'0x4' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)"). The
// caller puts the name of the flag, the variable or the line of the config file before that.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"
#include "gpulaunch/options/values.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gpulaunch {

// The text with its control characters escaped.
[[nodiscard]] std::string on_one_line(std::string_view text);
// The text between single quotes as an error line may show it: control characters escaped, long texts cut.
[[nodiscard]] std::string in_quotes(std::string_view text);
// The error that all parsers share. `what` has its article: "a port".
[[nodiscard]] tl::unexpected<Error> bad_value(std::string_view text, std::string_view what, std::string_view allowed);

// A decimal number without sign, blanks or base prefix.
[[nodiscard]] std::optional<long long> parse_decimal(std::string_view text);

[[nodiscard]] Result<NprocRequest> parse_nproc(std::string_view text);
[[nodiscard]] Result<int> parse_port(std::string_view text);
[[nodiscard]] Result<int> parse_restart_count(std::string_view text);
[[nodiscard]] Result<int> parse_process_limit(std::string_view text);
[[nodiscard]] Result<int> parse_verbosity(std::string_view text);

// "1/0/true/false" in any case.
[[nodiscard]] Result<bool> parse_bool(std::string_view text);
// "on" or "off".
[[nodiscard]] Result<bool> parse_switch(std::string_view text);

// "500ms", "1.5s", "1h30m", "1d"; a bare number is seconds. From 0 to 365 days.
[[nodiscard]] Result<Nanos> parse_duration(std::string_view text);
// The same, where 0 means that there is no limit.
[[nodiscard]] Result<std::optional<Nanos>> parse_time_limit(std::string_view text);

[[nodiscard]] Result<RankSet> parse_rank_set(std::string_view text);
[[nodiscard]] Result<StreamMap> parse_stream_map(std::string_view text);
[[nodiscard]] Result<StdinRequest> parse_stdin_request(std::string_view text);

[[nodiscard]] Result<When> parse_when(std::string_view text);
[[nodiscard]] Result<DeviceMode> parse_device_mode(std::string_view text);
[[nodiscard]] Result<StdioMode> parse_stdio_mode(std::string_view text);
[[nodiscard]] Result<OnFailure> parse_on_failure(std::string_view text);
[[nodiscard]] Result<Isolation> parse_isolation(std::string_view text);
[[nodiscard]] Result<SignalScope> parse_signal_scope(std::string_view text);
[[nodiscard]] Result<DryRun> parse_dry_run(std::string_view text);
[[nodiscard]] Result<std::string> parse_shell_name(std::string_view text);
// One or more families, separated by commas.
[[nodiscard]] Result<std::vector<CompatFamily>> parse_compat(std::string_view text);

// "USR1=forward". Signals that cannot be caught, or that mean a fault of the launcher itself, are refused.
[[nodiscard]] Result<std::pair<int, SignalPolicy>> parse_signal_policy(std::string_view text);
// "USR1": a signal that asks for a look at the ranks. Those that mean something else already are refused.
[[nodiscard]] Result<std::optional<int>> parse_dump_signal(std::string_view text);
// "SIGTERM,SIGINT"
[[nodiscard]] Result<std::vector<int>> parse_signal_list(std::string_view text);

// "NAME=VALUE"; the value may be empty and may hold anything but NUL.
[[nodiscard]] Result<EnvAssignment> parse_env_assignment(std::string_view text);
// The lines of an --env-file: NAME=VALUE, optionally after `export`; blank lines and comments; '…' literal, "…" with
// \n \t \\ \" \$ escapes. Nothing is expanded. Errors begin with the line's number.
[[nodiscard]] Result<std::vector<EnvAssignment>> parse_env_file(std::string_view text);
// Patterns of variable names, separated by commas: * ? [a-z] [!a-z].
[[nodiscard]] Result<std::vector<std::string>> parse_name_globs(std::string_view text);

// A label with placeholders {rank} {local_rank} {host} {role} {time}, or torchrun's ${rank} ${local_rank} ${role_name}
// ${hostname}; an unknown placeholder is an error.
[[nodiscard]] Result<std::string> parse_label_format(std::string_view text);
// torchrun's template, where $rank is ${rank} too; returned with all braces.
[[nodiscard]] Result<std::string> parse_prefix_template(std::string_view text);
// torchrun's filters: texts separated by commas; two commas stand for one that belongs to the text.
[[nodiscard]] Result<std::vector<std::string>> parse_filter_list(std::string_view text);

// A regular expression as RE2 takes it. Errors: with RE2's own words.
[[nodiscard]] Result<std::string> parse_progress_pattern(std::string_view text);

// "FILE" or "fd:N".
[[nodiscard]] Result<std::string> parse_event_target(std::string_view text);
// Any text without control characters, not empty (paths, words, names).
[[nodiscard]] Result<std::string> parse_text(std::string_view text);
// The identity of a job; it becomes part of a folder's name.
[[nodiscard]] Result<std::string> parse_run_id(std::string_view text);

// --nnodes: "N" or "MIN:MAX", 0 < MIN <= MAX.
struct NodeRange {
  int min = 1;
  int max = 1;
  friend bool operator==(const NodeRange&, const NodeRange&) = default;
};
[[nodiscard]] Result<NodeRange> parse_node_range(std::string_view text);

// --rdzv-endpoint: "host", "host:port", "[v6]:port"; port 0 means any.
struct Endpoint {
  std::string host;
  std::optional<int> port;
  // The host names this machine for certain.
  [[nodiscard]] bool is_loopback() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view text);

// "key=value,key=value".
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> parse_settings(std::string_view text);

}  // namespace gpulaunch
