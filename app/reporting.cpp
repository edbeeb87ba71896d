#include "app/reporting.hpp"

#include "gpulaunch/report/ci.hpp"
#include "gpulaunch/report/events.hpp"
#include "gpulaunch/report/inspection_file.hpp"
#include "gpulaunch/report/junit.hpp"
#include "gpulaunch/report/parent_error_file.hpp"
#include "gpulaunch/report/summary.hpp"

#include <unistd.h>

namespace gpulaunch {
namespace {

bool is_set(const Environment& environment, std::string_view name) {
  return !environment.get(name).value_or("").empty();
}

ConsoleStyle console_style(const Job& job, const Environment& environment) {
  const auto terminal = environment.get("TERM").value_or("");
  return {.role = job.options.job.role,
          .no_color = is_set(environment, "NO_COLOR"),
          .dumb_terminal = terminal.empty() || terminal == "dumb"};
}

LineSink to_console(OutputRouter& router) {
  return [&router](std::string_view line) { router.notice(line, now()); };
}

std::unique_ptr<SummaryReporter> make_summary(const Job& job, const Environment& environment, OutputRouter& router) {
  const auto& options = job.options;
  const auto look = console_look(STDERR_FILENO, options.output.color, console_style(job, environment));
  return std::make_unique<SummaryReporter>(SummaryOptions{.color = look.coloured,
                                                          .verbosity = options.report.verbosity,
                                                          .block = {.timeout = options.failure.timeout,
                                                                    .max_restarts = options.failure.max_restarts,
                                                                    .log_file = options.output.log_file}},
                                           to_console(router));
}

}  // namespace

Result<std::unique_ptr<OutputRouter>> open_router(const Job& job, const Plan& plan, const Environment& environment) {
  return OutputRouter::open(plan, job.options.output, ConsoleFds{}, console_style(job, environment));
}

Result<std::unique_ptr<Reporters>> make_reporters(const Job& job, const Environment& environment,
                                                  OutputRouter& router) {
  auto reporters = std::make_unique<Reporters>();
  const auto& report = job.options.report;
  const auto timeout = job.options.failure.timeout;
  const auto complain = to_console(router);
  if (!report.events.empty()) {
    auto events = open_event_writer(report.events, {.rank_output = report.event_output, .complain = complain});
    if (!events) return tl::unexpected(events.error());
    reporters->add(std::move(*events));
  }
  if (!report.junit.empty()) {
    auto junit = open_junit_writer(report.junit, {.timeout = timeout, .complain = complain});
    if (!junit) return tl::unexpected(junit.error());
    reporters->add(std::move(*junit));
  }
  if (job.options.failure.hang_timeout || job.options.failure.dump_on)
    reporters->add(std::make_unique<InspectionFile>(complain));
  reporters->add(make_summary(job, environment, router));
  if (environment.get("GITHUB_ACTIONS") == "true") {
    reporters->add(std::make_unique<GithubAnnotations>(timeout, to_console(router)));
  }
  if (job.options.mode != Mode::guard && is_set(environment, "TORCHELASTIC_ERROR_FILE")) {
    reporters->add(std::make_unique<ParentErrorFile>(std::string(*environment.get("TORCHELASTIC_ERROR_FILE")),
                                                     ParentErrorFileOptions{.timeout = timeout, .complain = complain}));
  }
  return reporters;
}

}  // namespace gpulaunch
