// What was found out about ranks that do not get on, saved where the user keeps logs (--log-dir): every rank with its
// stacks, of which a report has room for a few. Written as soon as it is known, before anything is done to the ranks;
// looks at the same attempt follow each other in one file.
#pragma once

#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <string>

namespace gpulaunch {

// "DIR/inspection.txt" of the attempt; empty where no logs are kept.
[[nodiscard]] std::string inspection_path(const Plan& plan);

class InspectionFile final : public JobObserver {
 public:
  explicit InspectionFile(LineSink complain) : complain_(std::move(complain)) {}
  void on(const JobEvent& event) override;

 private:
  void save(const job_event::RanksInspected& inspected, Instant at) const;

  LineSink complain_;
  JobRecord record_;
};

}  // namespace gpulaunch
