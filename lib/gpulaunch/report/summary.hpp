// What a person reads: nothing when the job succeeds, one block when it failed (failure_block.hpp), one line when it
// was told to stop, one line for each restart. The block of a hang comes before the ranks are ended, but for its last
// lines: nobody knows how long they take. Lines go to a sink, so that they never land within a rank's line.
// Verdicts about ranks come from the events; this observer only words them.
#pragma once

#include "gpulaunch/report/failure_block.hpp"
#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <string>
#include <vector>

namespace gpulaunch {

struct SummaryOptions {
  bool color = false;  // already decided for this terminal: the first line of a block is bold and red
  int verbosity = 0;   // -1 (-q): no line for restarts and stops; 1 (-v): one line when the job succeeded
  FailureBlockOptions block{};
};

class SummaryReporter final : public JobObserver {
 public:
  SummaryReporter(SummaryOptions options, LineSink sink);
  void on(const JobEvent& event) override;

 private:
  void announce_containment(const job_event::JobStarted& started) const;
  void show_dump(const job_event::RanksInspected& inspected) const;
  void announce_restart(const job_event::Restart& restart) const;
  void show_hang();
  void conclude() const;
  void print_block() const;
  void print(const std::vector<std::string>& lines, bool red) const;

  SummaryOptions options_;
  LineSink sink_;
  JobRecord record_;
  bool hang_shown_ = false;  // of this attempt
};

}  // namespace gpulaunch
