// --events: the event stream as JSON lines (app/share/schemas/events.schema.json), for tools that watch a job.
// A reader that is slow does not slow the job: up to 1 MiB waits here and goes out with the next events. Beyond that,
// and at the end of the job, the writer waits for the reader, and gives up when it takes nothing for a second.
// An error of writing is reported once; then the writer is silent. The process must ignore SIGPIPE.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace gpulaunch {

struct EventOptions {
  bool rank_output = false;  // write rank_output events
  LineSink complain{};       // told once when writing fails; may be empty
};

class EventWriter final : public JobObserver {
 public:
  EventWriter(Fd fd, std::string target, EventOptions options);
  void on(const JobEvent& event) override;

 private:
  void flush_down_to(std::size_t bytes_left);
  bool write_piece();
  void give_up(const std::string& reason);
  [[nodiscard]] std::size_t waiting() const { return pending_.size() - sent_; }

  Fd fd_;  // empty: given up
  std::string target_;
  EventOptions options_;
  JobRecord record_;
  std::string pending_;
  std::size_t sent_ = 0;  // bytes of pending_ that are out already
};

// `target`: FILE or fd:N. Errors: usage, naming --events.
[[nodiscard]] Result<std::unique_ptr<EventWriter>> open_event_writer(const std::string& target,
                                                                     EventOptions options = {});

}  // namespace gpulaunch
