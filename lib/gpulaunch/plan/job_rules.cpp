#include "gpulaunch/plan/job_rules.hpp"

#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace gpulaunch {
namespace {

struct GivenFlag {
  std::string_view flag;
  bool given = false;
};

Result<void> check_program(const Options& options) {
  if (options.command.empty()) return fail(ErrorKind::usage, "no PROGRAM given: gpulaunch [options] PROGRAM [args...]");
  if (options.job.module && options.job.no_python) {
    return fail(ErrorKind::usage, "-m/--module and --no-python exclude each other: a module runs under python alone");
  }
  return {};
}

Result<void> check_wrap(const JobOptions& job) {
  if (!job.wrap_ranks.empty() && job.wrap.empty()) {
    return fail(ErrorKind::usage, "--wrap-ranks chooses where --wrap applies, and no --wrap is given");
  }
  return {};
}

// With raw descriptors no byte passes through us: whatever reads, copies or changes output cannot work.
Result<void> check_inherited_stdio(const OutputOptions& output, const FailureOptions& failure) {
  if (output.stdio != StdioMode::inherit) return {};
  const std::array<GivenFlag, 12> readers{{
      {"--tee", !output.tee.empty()},
      {"--redirects", !output.redirects.empty()},
      {"--log", !output.log_file.empty()},
      {"--pty", output.pty},
      {"--hang-timeout", failure.hang_timeout.has_value()},
      {"--progress-regex", !failure.progress_regex.empty()},
      {"--collapse", output.collapse},
      {"--timestamps", output.timestamps},
      {"--label always", output.label == When::always},
      {"--label-format", !output.label_format.empty()},
      {"--duplicate-stdout-filters", !output.duplicate_stdout_filters.empty()},
      {"--duplicate-stderr-filters", !output.duplicate_stderr_filters.empty()},
  }};
  const auto* found = std::find_if(readers.begin(), readers.end(), [](const GivenFlag& flag) { return flag.given; });
  if (found == readers.end()) return {};
  return fail(ErrorKind::usage, fmt::format("--stdio inherit and {} exclude each other: with inherited descriptors the "
                                            "output never passes through gpulaunch",
                                            found->flag));
}

Result<void> check_pty(const OutputOptions& output) {
  if (output.pty && output.standard_input.kind == StdinRequest::Kind::all) {
    return fail(ErrorKind::usage, "--pty and --stdin all exclude each other: each rank's input is its own terminal");
  }
  return {};
}

Result<void> check_progress(const FailureOptions& failure) {
  if (failure.progress_regex.empty() || failure.hang_timeout || failure.max_restarts > 0) return {};
  return fail(ErrorKind::usage,
              "--progress-regex says what counts as progress for --hang-timeout and --max-restarts, "
              "and neither of them is given");
}

Result<void> check_dump(const FailureOptions& failure) {
  const auto same = [&](const auto& entry) { return entry.first == failure.dump_on; };
  if (std::none_of(failure.on_signal.begin(), failure.on_signal.end(), same)) return {};
  return fail(ErrorKind::usage, fmt::format("--dump-on and --on-signal exclude each other for one signal: {}",
                                            signal_name(*failure.dump_on)));
}

}  // namespace

Result<void> check_combinations(const Options& options) {
  return check_program(options)
      .and_then([&] { return check_wrap(options.job); })
      .and_then([&] { return check_inherited_stdio(options.output, options.failure); })
      .and_then([&] { return check_pty(options.output); })
      .and_then([&] { return check_progress(options.failure); })
      .and_then([&] { return check_dump(options.failure); });
}

}  // namespace gpulaunch
