#include "gpulaunch/plan/job_rules.hpp"

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
Result<void> check_inherited_stdio(const OutputOptions& output) {
  if (output.stdio != StdioMode::inherit) return {};
  const std::array<GivenFlag, 10> readers{{
      {"--tee", !output.tee.empty()},
      {"--redirects", !output.redirects.empty()},
      {"--log", !output.log_file.empty()},
      {"--pty", output.pty},
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

}  // namespace

Result<void> check_combinations(const Options& options) {
  return check_program(options)
      .and_then([&] { return check_wrap(options.job); })
      .and_then([&] { return check_inherited_stdio(options.output); })
      .and_then([&] { return check_pty(options.output); });
}

}  // namespace gpulaunch
