#include "app/job_setup.hpp"

#include "gpulaunch/host/probe.hpp"
#include "gpulaunch/host/program.hpp"
#include "gpulaunch/process/limits.hpp"
#include "gpulaunch/run/rank_starter.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>
#include <memory>

namespace gpulaunch {
namespace {

// Two pipes and a pidfd a rank, one more for its standard input or its files, one for its heartbeats, and what a
// process has anyway.
constexpr rlim_t files_per_rank = 7;
constexpr rlim_t files_of_our_own = 64;

Topology look_at_machine(const Job& job, const Environment& environment) {
  return probe_topology({.gpus = needs_gpus(job, environment), .cores = needs_physical_cores(job, environment)});
}

std::string working_directory() {
  const std::unique_ptr<char, decltype(&std::free)> path(::getcwd(nullptr, 0), &std::free);
  return path ? path.get() : ".";
}

RunFacts observed_facts(const Job& job) {
  RunFacts facts;
  facts.run_id = job.options.job.run_id;
  facts.working_directory = working_directory();
  facts.stdin_is_terminal = ::isatty(STDIN_FILENO) == 1;
  facts.stdout_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  return facts;
}

Result<void> reserve_ports(const Job& job, int ranks, JobSetup& setup) {
  auto master = reserve_port(job.options.job.master_port);
  if (!master) return tl::unexpected(master.error());
  setup.facts.master_port = master->number;
  setup.ports.push_back(std::move(*master));
  if (may_inspect(job)) {
    auto ras = reserve_port(std::nullopt);
    if (!ras) return tl::unexpected(ras.error());
    setup.facts.ras_port = ras->number;
    setup.ports.push_back(std::move(*ras));
  }
  for (int rank = 0; needs_worker_ports(job) && rank < ranks; ++rank) {
    auto port = reserve_port(std::nullopt);
    if (!port) return tl::unexpected(port.error());
    setup.facts.worker_ports.push_back(port->number);
    setup.ports.push_back(std::move(*port));
  }
  return {};
}

Result<void> raise_limits(int ranks, JobSetup& setup) {
  const rlim_t needed = files_of_our_own + files_per_rank * static_cast<rlim_t>(ranks);
  auto before = ensure_open_files(needed);
  if (!before) return tl::unexpected(in_context(fmt::format("--nproc {}", ranks), before.error()));
  setup.open_files = *before;
  return {};
}

Result<void> make_folders(const Job& job, const Environment& environment, const RunFolder::Announce& announce,
                          JobSetup& setup) {
  if (needs_log_base(job)) {
    const auto& asked = job.options.output.log_dir;
    auto base = create_log_base(asked.empty() ? temporary_folder(environment) : asked, setup.facts.run_id);
    if (!base) return tl::unexpected(base.error());
    setup.facts.log_base = std::move(*base);
  }
  auto folder = RunFolder::create(environment, announce);
  if (!folder) return tl::unexpected(folder.error());
  setup.facts.run_dir = folder->path();
  setup.folder.emplace(std::move(*folder));
  return {};
}

// What ranks have and a guarded command does not.
Result<void> make_meeting_place(const Job& job, int ranks, const Environment& environment,
                                const RunFolder::Announce& announce, JobSetup& setup) {
  if (job.options.mode == Mode::guard) return {};
  return reserve_ports(job, ranks, setup).and_then([&] { return make_folders(job, environment, announce, setup); });
}

Result<void> plan_into(const Job& job, const Environment& environment, JobSetup& setup) {
  auto plan = make_plan(job, setup.topology, environment, setup.facts);
  if (!plan) return tl::unexpected(plan.error());
  setup.plan = std::move(*plan);
  return {};
}

// A missing script is found before an interpreter is started for it on every rank.
Result<void> check_inputs(const Job& job, const RunFacts& facts) {
  const std::string directory = ranks_directory(job.options, facts);
  if (!job.options.environment.chdir.empty()) {
    if (auto entered = check_directory(directory); !entered) return entered;
  }
  if (job.script.empty()) return {};
  return check_script(job.script, directory);
}

}  // namespace

Result<JobSetup> set_up_job(const Job& job, const Environment& environment, const RunFolder::Announce& announce) {
  JobSetup setup;
  setup.topology = look_at_machine(job, environment);
  setup.facts = observed_facts(job);
  if (setup.facts.run_id.empty()) setup.facts.run_id = make_run_id();
  const auto ranks = count_ranks(job, setup.topology, environment);
  if (!ranks) return tl::unexpected(ranks.error());
  const auto ready = check_inputs(job, setup.facts)
                         .and_then([&] { return raise_limits(*ranks, setup); })
                         .and_then([&] { return make_meeting_place(job, *ranks, environment, announce, setup); })
                         .and_then([&] { return plan_into(job, environment, setup); });
  if (!ready) return tl::unexpected(ready.error());
  return setup;
}

Result<JobSetup> set_up_dry_run(const Job& job, const Environment& environment) {
  JobSetup setup;
  setup.topology = look_at_machine(job, environment);
  setup.facts = observed_facts(job);
  if (setup.facts.run_id.empty()) setup.facts.run_id = "<random at start>";
  if (needs_log_base(job)) setup.facts.log_base = "<log folder>";
  const auto planned =
      check_inputs(job, setup.facts).and_then([&] { return plan_into(job, environment, setup); }).and_then([&] {
        return RankStarter(environment, {}).prepare(setup.plan);
      });
  if (!planned) return tl::unexpected(planned.error());
  return setup;
}

}  // namespace gpulaunch
