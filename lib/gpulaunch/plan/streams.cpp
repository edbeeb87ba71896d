#include "gpulaunch/plan/streams.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gpulaunch {
namespace {

// Something has to see the bytes, so they cannot go straight to the terminal.
bool reads_output(const OutputOptions& output, const FailureOptions& failure) {
  return failure.hang_timeout || !failure.progress_regex.empty() || output.pty || output.collapse ||
         output.timestamps || output.label == When::always || !output.label_format.empty() ||
         !output.log_file.empty() || !output.redirects.empty() || !output.tee.empty() ||
         !output.duplicate_stdout_filters.empty() || !output.duplicate_stderr_filters.empty();
}

bool shown_on_console(const OutputOptions& output, LocalRank rank) {
  const RankSet& shown = output.local_ranks_filter;
  return shown.empty() || std::binary_search(shown.begin(), shown.end(), rank.value());
}

StreamPlan plan_stream(const JobContext& context, LocalRank rank, StreamSet stream) {
  const OutputOptions& output = context.options().output;
  const bool shown = shown_on_console(output, rank);
  if (shown && (context.terminal || output.stdio == StdioMode::inherit))
    return {.inherit = true, .console = true, .file = {}};
  const bool tee = contains(output.tee.of(rank), stream);
  const bool redirect = contains(output.redirects.of(rank), stream);
  StreamPlan plan{.inherit = false, .console = shown && (tee || !redirect), .file = {}};
  if ((tee || redirect) && !context.attempt_dir.empty()) {
    const auto* name = stream == StreamSet::out ? "stdout.log" : "stderr.log";
    plan.file = fmt::format("{}/{}/{}", context.attempt_dir, rank.value(), name);
  }
  return plan;
}

}  // namespace

bool lends_terminal(const Options& options, int ranks, const RunFacts& facts) {
  const auto input = options.output.standard_input.kind;
  // The terminal knows process groups by their numbers outside.
  if (options.failure.isolation == Isolation::pid) return false;
  return ranks == 1 && facts.stdin_is_terminal && facts.stdout_is_terminal && input != StdinRequest::Kind::none &&
         shown_on_console(options.output, LocalRank(0)) && !reads_output(options.output, options.failure);
}

StdinSource plan_stdin(const Options& options, int ranks, LocalRank rank) {
  const StdinRequest& request = options.output.standard_input;
  switch (request.kind) {
    case StdinRequest::Kind::none: return StdinSource::null;
    case StdinRequest::Kind::all: return ranks == 1 ? StdinSource::inherit : StdinSource::copy;
    case StdinRequest::Kind::one_rank: return request.rank == rank.value() ? StdinSource::inherit : StdinSource::null;
    case StdinRequest::Kind::automatic: break;
  }
  return ranks == 1 ? StdinSource::inherit : StdinSource::null;
}

void plan_output(const JobContext& context, LocalRank rank, RankPlan& plan) {
  plan.out = plan_stream(context, rank, StreamSet::out);
  plan.err = plan_stream(context, rank, StreamSet::err);
}

bool shows_labels(const Job& job, int ranks) {
  switch (job.options.output.label) {
    case When::always: return true;
    case When::never: return false;
    case When::automatic: break;
  }
  if (job.options.output.stdio == StdioMode::inherit) return false;
  // Whoever describes what a label looks like wants to see it.
  return !job.options.output.label_format.empty() || (ranks > 1 && job.labels_allowed);
}

}  // namespace gpulaunch
