#include "gpulaunch/report/summary.hpp"

#include "gpulaunch/report/hang_text.hpp"
#include "gpulaunch/report/narrative.hpp"

#include <fmt/format.h>

#include <utility>

namespace gpulaunch {

namespace {

std::string_view words_for(Containment containment) {
  switch (containment) {
    case Containment::subreapers: return "; no cgroup may be made here";
    case Containment::cgroup: return ", in a cgroup of the job's own";
    case Containment::pid_namespace: break;
  }
  return ", in a pid namespace of the job's own";
}

}  // namespace

SummaryReporter::SummaryReporter(SummaryOptions options, LineSink sink)
    : options_(std::move(options)), sink_(std::move(sink)) {}

void SummaryReporter::on(const JobEvent& event) {
  // Said of the attempt that failed, which the record is about to forget.
  if (const auto* restart = std::get_if<job_event::Restart>(&event.what)) {
    announce_restart(*restart);
    hang_shown_ = false;
  }
  record_.note(event);
  if (const auto* inspected = std::get_if<job_event::RanksInspected>(&event.what)) show_dump(*inspected);
  if (const auto* started = std::get_if<job_event::JobStarted>(&event.what)) announce_containment(*started);
  if (std::holds_alternative<job_event::TeardownStarted>(event.what)) show_hang();
  if (std::holds_alternative<job_event::JobFinished>(event.what)) conclude();
}

void SummaryReporter::announce_containment(const job_event::JobStarted& started) const {
  if (options_.verbosity < 1) return;
  sink_(fmt::format("gpulaunch: guarded by front, anchor and core{}", words_for(started.containment)));
}

// Somebody asked for it, whatever the verbosity.
void SummaryReporter::show_dump(const job_event::RanksInspected& inspected) const {
  if (!inspected.asked_by) return;
  const auto lines = dump_lines(record_, inspected);
  sink_("gpulaunch: " + lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) sink_("  " + lines[i]);
}

void SummaryReporter::announce_restart(const job_event::Restart& restart) const {
  if (options_.verbosity < 0) return;
  sink_(fmt::format("gpulaunch: {}; restart {} of {} in {}", attempt_headline(record_), restart.attempt,
                    options_.block.max_restarts, format_duration(restart.delay)));
}

void SummaryReporter::conclude() const {
  switch (record_.ending()) {
    case Ending::success:
      if (options_.verbosity > 0)
        sink_(fmt::format("gpulaunch: {} {} finished in {}", record_.rank_count(),
                          record_.rank_count() == 1 ? "rank" : "ranks", format_duration(record_.duration())));
      return;
    case Ending::told_to_stop:
      if (options_.verbosity >= (record_.plan().guard ? 1 : 0)) print_block();
      return;
    case Ending::rank_failed:
      // Whoever has a command guarded reads its own words and its exit status.
      if (!record_.plan().guard || options_.verbosity > 0) print_block();
      return;
    default: print_block();
  }
}

// The teardown that is the attempt's first one, as that decides what the attempt's end is called. The quiet are told of
// nothing that is started again; should it be the job's end after all, the whole block follows there.
void SummaryReporter::show_hang() {
  if (hang_shown_ || record_.teardown()->reason != TeardownReason::hung) return;
  if (options_.verbosity < 0 && record_.attempt() < options_.block.max_restarts) return;
  hang_shown_ = true;
  print(hang_block_head(record_), options_.color);
}

void SummaryReporter::print_block() const {
  if (hang_shown_ && record_.ending() == Ending::hung) return print(hang_block_tail(record_, options_.block), false);
  print(failure_block(record_, options_.block), options_.color && record_.ending() != Ending::told_to_stop);
}

void SummaryReporter::print(const std::vector<std::string>& lines, bool red) const {
  sink_(red ? fmt::format("\x1b[1;31m{}\x1b[0m", lines.front()) : lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) sink_(lines[i]);
}

}  // namespace gpulaunch
