#include "gpulaunch/plan/plan.hpp"

#include "gpulaunch/plan/arguments.hpp"
#include "gpulaunch/plan/devices.hpp"
#include "gpulaunch/plan/job_context.hpp"
#include "gpulaunch/plan/rank_count.hpp"
#include "gpulaunch/plan/streams.hpp"
#include "gpulaunch/plan/worker_environment.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::string_view no_logs = "/dev/null";

DevicePool device_pool(const Job& job, const Topology& topology, const Environment& environment) {
  if (job.options.job.devices == DeviceMode::none) return {};
  return read_device_pool(topology.gpus, environment.get("CUDA_VISIBLE_DEVICES"));
}

std::string master_address(const Options& options) {
  if (!options.job.master_addr.empty()) return options.job.master_addr;
  return options.mode == Mode::torchrun ? "localhost" : "127.0.0.1";
}

std::string attempt_folder(const Options& options, const RunFacts& facts) {
  if (facts.log_base.empty() || options.output.log_dir == no_logs) return {};
  return fmt::format("{}/attempt_{}", facts.log_base, facts.attempt);
}

// Without these, output or a worker's listener would silently have no place: a mistake of the caller, not of the user.
Result<void> check_facts(const JobContext& context) {
  const bool dry_run = context.facts.master_port == 0;
  if (needs_log_base(context.job) && context.attempt_dir.empty()) {
    return fail(ErrorKind::internal, "no folder was made for the log files that were asked for");
  }
  const auto ports = static_cast<int>(context.facts.worker_ports.size());
  if (!dry_run && needs_worker_ports(context.job) && ports < context.ranks) {
    return fail(ErrorKind::internal, fmt::format("{} ports were reserved for {} workers", ports, context.ranks));
  }
  return {};
}

std::vector<std::string> notices_for(const JobContext& context, std::vector<std::string> about_count) {
  std::vector<std::string> notices = context.options().notices;
  notices.insert(notices.end(), context.pool.notices.begin(), context.pool.notices.end());
  notices.insert(notices.end(), about_count.begin(), about_count.end());
  if (!context.attempt_dir.empty() && context.options().output.log_dir.empty()) {
    notices.push_back(fmt::format("log files are kept in {} (--log-dir chooses the place)", context.facts.log_base));
  }
  return notices;
}

Plan describe_job(const JobContext& context) {
  Plan plan;
  plan.run_id = context.facts.run_id;
  plan.host = context.topology.hostname;
  plan.attempt = context.facts.attempt;
  plan.world_size = context.ranks;
  plan.master_addr = context.master_addr;
  plan.master_port = context.facts.master_port;
  plan.changes_directory = !context.options().environment.chdir.empty();
  plan.working_directory = ranks_directory(context.options(), context.facts);
  plan.attempt_dir = context.attempt_dir;
  const OutputOptions& output = context.options().output;
  if (!context.attempt_dir.empty()) {
    if (!output.duplicate_stdout_filters.empty()) plan.filtered_out = context.attempt_dir + "/filtered_stdout.log";
    if (!output.duplicate_stderr_filters.empty()) plan.filtered_err = context.attempt_dir + "/filtered_stderr.log";
  }
  plan.terminal = context.terminal;
  plan.guard = context.options().mode == Mode::guard;
  plan.pty = output.pty;
  plan.heartbeats = context.options().failure.hang_timeout.has_value();
  plan.labels = shows_labels(context.job, context.ranks);
  return plan;
}

RankPlan plan_rank(const JobContext& context, const EnvironmentOverlay& common, LocalRank rank) {
  const DeviceShare devices = share_devices(context.job, context.pool, context.environment, rank);
  RankPlan plan;
  plan.rank = Rank(rank.value());
  plan.local_rank = rank;
  plan.argv = rank_arguments(context.job, rank, context.topology.hostname);
  plan.env = rank_environment(common, context, rank, devices);
  plan.devices = devices.tokens;
  plan.standard_input = plan_stdin(context.options(), context.ranks, rank);
  plan_output(context, rank, plan);
  plan.error_file = error_file_of(context, rank);
  return plan;
}

}  // namespace

std::string ranks_directory(const Options& options, const RunFacts& facts) {
  if (options.environment.chdir.empty()) return facts.working_directory;
  auto directory = (std::filesystem::path(facts.working_directory) / options.environment.chdir).lexically_normal();
  if (!directory.has_filename() && directory.has_relative_path()) directory = directory.parent_path();
  return directory.string();
}

std::string port_text(int port) { return port == 0 ? reserved_at_start : std::to_string(port); }

std::string run_folder_of(const JobContext& context) {
  const auto& made = context.facts.run_dir;
  return made.empty() ? run_folder_at_start : made;
}

std::string error_file_of(const JobContext& context, LocalRank rank) {
  if (context.options().output.log_dir == no_logs || context.options().mode == Mode::guard) return {};
  if (!context.attempt_dir.empty()) return fmt::format("{}/{}/error.json", context.attempt_dir, rank.value());
  // No folder for each rank: making and removing one costs up to 4 ms on a disk's file system.
  return fmt::format("{}/attempt_{}_rank_{}.json", run_folder_of(context), context.facts.attempt, rank.value());
}

Result<int> count_ranks(const Job& job, const Topology& topology, const Environment& environment) {
  const auto pool = device_pool(job, topology, environment);
  return resolve_rank_count(job, topology, pool).map([](const RankCount& count) { return count.ranks; });
}

Result<Plan> make_plan(const Job& job, const Topology& topology, const Environment& environment,
                       const RunFacts& facts) {
  JobContext context{.job = job, .topology = topology, .environment = environment, .facts = facts};
  context.pool = device_pool(job, topology, environment);
  auto count = resolve_rank_count(job, topology, context.pool);
  if (!count) return tl::unexpected(count.error());
  if (auto named = check_named_ranks(job.options, count->ranks); !named) return tl::unexpected(named.error());
  context.ranks = count->ranks;
  context.terminal = lends_terminal(job.options, count->ranks, facts);
  context.master_addr = master_address(job.options);
  context.attempt_dir = attempt_folder(job.options, facts);
  if (auto complete = check_facts(context); !complete) return tl::unexpected(complete.error());

  Plan plan = describe_job(context);
  plan.notices = notices_for(context, std::move(count->notices));
  plan.ranks.reserve(static_cast<std::size_t>(context.ranks));
  const EnvironmentOverlay common = common_environment(context);
  for (int i = 0; i < context.ranks; ++i) plan.ranks.push_back(plan_rank(context, common, LocalRank(i)));
  return plan;
}

}  // namespace gpulaunch
