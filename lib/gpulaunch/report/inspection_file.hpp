// What was found out about ranks that do not get on, saved where the user keeps logs (--log-dir): every rank with its
// stacks, of which a report has room for a few. Written as soon as it is known, before anything is done to the ranks;
// but where the folder is on a file server, what was seen of a hang is kept until the attempt is over: ranks would live
// until a server answers that is gone. Looks at the same attempt follow each other in one file.
#pragma once

#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <functional>
#include <string>

namespace gpulaunch {

// "DIR/inspection.txt" of the attempt; empty where no logs are kept.
[[nodiscard]] std::string inspection_path(const Plan& plan);

class InspectionFile final : public JobObserver {
 public:
  // `is_local`: whether a path lies on this machine.
  explicit InspectionFile(LineSink complain, std::function<bool(const std::string&)> is_local = on_this_machine)
      : complain_(std::move(complain)), is_local_(std::move(is_local)) {}
  void on(const JobEvent& event) override;

 private:
  static bool on_this_machine(const std::string& path);
  void save(const job_event::RanksInspected& inspected, Instant at);
  void write(const std::string& path, const std::string& text) const;
  void write_kept();

  LineSink complain_;
  std::function<bool(const std::string&)> is_local_;
  struct Kept {
    std::string path;
    std::string text;
  } kept_;
  JobRecord record_;
};

}  // namespace gpulaunch
