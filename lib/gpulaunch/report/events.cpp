#include "gpulaunch/report/events.hpp"

#include "gpulaunch/report/event_json.hpp"
#include "gpulaunch/report/output_file.hpp"

#include <fmt/format.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace gpulaunch {
namespace {

constexpr std::size_t backlog_limit = 1 << 20;
// PIPE_BUF of Linux: a pipe that polls as writable takes this much without blocking (pipe(7)), also where O_NONBLOCK
// is not ours to set because the open file is shared with whoever gave us the descriptor.
constexpr std::size_t piece_size = 4096;

}  // namespace

EventWriter::EventWriter(Fd fd, std::string target, EventOptions options)
    : fd_(std::move(fd)), target_(std::move(target)), options_(std::move(options)) {}

void EventWriter::on(const JobEvent& event) {
  if (!fd_) return;
  record_.note(event);
  if (std::holds_alternative<job_event::RankOutput>(event.what) && !options_.rank_output) return;
  // Whole lines alone are queued, so that what is out when the writer gives up is at most one line short.
  pending_ += event_json(event, record_);
  pending_ += '\n';
  flush_down_to(std::holds_alternative<job_event::JobFinished>(event.what) ? 0 : backlog_limit);
}

void EventWriter::flush_down_to(std::size_t bytes_left) {
  while (fd_ && waiting() > 0) {
    pollfd writable{fd_.get(), POLLOUT, 0};
    const bool must_wait = waiting() > bytes_left;
    const int ready = ::poll(&writable, 1, must_wait ? reader_patience_ms : 0);
    // A slow reader is waited for as long as it makes progress; only one that takes nothing at all is given up.
    if (ready == 0 && must_wait) give_up("its reader takes nothing");
    if (ready == 0 || (ready > 0 && !write_piece())) break;
  }
  // The front is dropped seldom, so that a long backlog is not moved for each piece.
  if (sent_ < pending_.size() && sent_ < backlog_limit) return;
  pending_.erase(0, sent_);
  sent_ = 0;
}

bool EventWriter::write_piece() {
  const auto written = ::write(fd_.get(), pending_.data() + sent_, std::min(waiting(), piece_size));
  if (written >= 0) sent_ += static_cast<std::size_t>(written);
  if (written >= 0 || errno == EINTR) return true;
  if (errno != EAGAIN) give_up(std::strerror(errno));
  return false;
}

void EventWriter::give_up(const std::string& reason) {
  fd_.reset();
  pending_.clear();
  sent_ = 0;
  if (!options_.complain) return;
  options_.complain(fmt::format("gpulaunch: --events {}: {}; no further events are written", target_, reason));
}

Result<std::unique_ptr<EventWriter>> open_event_writer(const std::string& target, EventOptions options) {
  auto fd = open_report_target("--events", target);
  if (!fd) return tl::unexpected(fd.error());
  return std::make_unique<EventWriter>(std::move(*fd), target, std::move(options));
}

}  // namespace gpulaunch
