#include "app/run_job.hpp"

#include "app/complaint.hpp"
#include "app/dry_run.hpp"
#include "app/job_setup.hpp"
#include "app/reporting.hpp"
#include "app/signature_files.hpp"
#include "gpulaunch/base/exit_status.hpp"
#include "gpulaunch/base/signals.hpp"
#include "gpulaunch/process/guardians.hpp"
#include "gpulaunch/process/parent_watch.hpp"
#include "gpulaunch/run/supervisor.hpp"

#include <unistd.h>

#include <cstdio>

namespace gpulaunch {
namespace {

PolicySpec policy_of(const Job& job, const Plan& plan) {
  const auto& asked = job.options.failure;
  return {.ranks = static_cast<int>(plan.ranks.size()),
          .grace = job.grace,
          .stop_grace = job.stop_grace,
          .linger = asked.linger,
          .unkillable = asked.unkillable_timeout,
          .timeout = asked.timeout,
          .max_restarts = asked.max_restarts,
          .restart_delay = asked.restart_delay,
          .on_failure = asked.on_failure,
          .scope = asked.signal_scope,
          .on_signal = asked.on_signal,
          .terminal = plan.terminal};
}

std::vector<int> signals_named(const Job& job) {
  std::vector<int> numbers;
  numbers.reserve(job.options.failure.on_signal.size());
  for (const auto& [number, policy] : job.options.failure.on_signal) numbers.push_back(number);
  if (job.options.failure.dump_on) numbers.push_back(*job.options.failure.dump_on);
  return numbers;
}

// Every line as an event too, where that was asked for; the router pays for it only then.
void report_lines(const Job& job, OutputRouter& router, JobObserver& observer) {
  if (!job.options.report.event_output) return;
  router.on_line = [&observer](StreamId stream, std::string_view line, Instant at) {
    observer.on(JobEvent{at, job_event::RankOutput{stream, std::string(line)}});
  };
}

std::optional<GpuInventory> listed_gpus(const Job& job, const Environment& environment, const Topology& topology) {
  return needs_gpus(job, environment) ? std::optional(topology.gpus) : std::nullopt;
}

void print_notices(const Job& job, const Plan& plan, OutputRouter& router) {
  if (job.options.report.verbosity < 0) return;
  const Instant at = now();
  for (const auto& notice : plan.notices) router.notice("gpulaunch: " + notice, at);
}

// Runs in the core. A signal waits to be dealt with, so that nothing made for the job is left behind.
Result<CoreVerdict> supervise(const Job& job, const std::vector<Signature>& signatures, const Environment& environment,
                              const InheritedSignals& inherited, CorePost& post) {
  auto setup = set_up_job(job, environment, [&post](std::string_view folder) { post.promise_removal(folder); });
  if (!setup) return tl::unexpected(setup.error());
  const auto place = setup->plan.terminal ? SessionPlace::own_group : SessionPlace::own_session;
  if (auto placed = post.take_place(place); !placed) return tl::unexpected(placed.error());
  auto router = open_router(job, setup->plan, environment);
  if (!router) return tl::unexpected(router.error());
  auto reporters = make_reporters(job, environment, **router);
  if (!reporters) return tl::unexpected(reporters.error());
  report_lines(job, **router, **reporters);
  print_notices(job, setup->plan, **router);

  const auto plan_again = [&](int attempt) {
    setup->facts.attempt = attempt;
    return make_plan(job, setup->topology, environment, setup->facts);
  };
  auto supervisor = Supervisor::create(
      {.policy = policy_of(job, setup->plan),
       .first_plan = setup->plan,
       .command = job.options.command,
       .next_plan = plan_again,
       .environment = environment,
       .inherited = inherited,
       .post = &post,
       .isolated = job.options.failure.isolation == Isolation::pid,
       .max_procs = job.options.failure.max_procs,
       .progress = {.hang_timeout = job.options.failure.hang_timeout, .pattern = job.options.failure.progress_regex},
       .dump_on = job.options.failure.dump_on,
       .open_files = setup->open_files,
       .diagnosis = job.options.output.diagnosis,
       .signatures = signatures,
       .gpus = listed_gpus(job, environment, setup->topology),
       .router = router->get(),
       .observer = reporters->get()});
  if (!supervisor) return tl::unexpected(supervisor.error());
  if (auto placed = post.await_anchor(); !placed) return tl::unexpected(placed.error());
  return (*supervisor)->run();
}

int parent_has_ended() {
  std::fprintf(stderr, "gpulaunch: the process that started the launcher has ended already (--die-with-parent)\n");
  return exit_status::signal_base + signo::term;
}

}  // namespace

int run_job(const Options& options, const Surroundings& around) {
  const auto environment = Environment::from_entries(around.environment);
  const auto job = make_job(options, environment);
  if (!job) return complain(job.error());
  const auto signatures = read_signature_files(options.report.signatures);
  if (!signatures) return complain(signatures.error());
  if (options.report.dry_run != DryRun::off) return dry_run(*job, environment);
  const auto parent = options.failure.die_with_parent ? watch_parent(around.parent) : Fd();
  if (!parent) return parent_has_ended();
  const GuardSpec guard{.signals = signals_named(*job),
                        .arguments = around.arguments,
                        .in_slurm_step = environment.get("SLURM_STEP_ID").has_value(),
                        .unkillable = options.failure.unkillable_timeout,
                        .parent = parent->get(),
                        .isolate = options.failure.isolation == Isolation::pid};
  const auto verdict = run_guarded(guard, [&](CorePost& post) {
    const auto end = supervise(*job, *signatures, environment, around.inherited, post);
    return end ? *end : CoreVerdict{{complain(end.error()), std::nullopt}};
  });
  if (!verdict) return complain(verdict.error());
  // The shell that started us sees the signal itself, so that Ctrl-C ends its script too.
  if (verdict->raise_signal && ::getpid() != 1) die_of(*verdict->raise_signal);
  return verdict->code;
}

}  // namespace gpulaunch
