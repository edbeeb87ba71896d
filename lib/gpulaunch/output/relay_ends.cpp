// What a relay does with its ends: writing without blocking, back-pressure, and readers that have died.
#include "gpulaunch/output/relay.hpp"

#include <fmt/format.h>

#include <errno.h>

#include <system_error>
#include <utility>

namespace gpulaunch {

void Relay::notice(std::string_view line, Instant now) {
  latest_ = now;
  if (collapser_) {
    collapser_->release_all();
    show_collapsed(now);
  }
  if (log_ && log_->outlet().alive()) log_->say(line);
  ConsoleEnd& end = *end_of_stream_[1];
  if (!end.outlet.alive()) return;
  end.console.say({}, line, now.mono);
  end.outlet.drain_when_full();
  wake_to_redraw(now);
}

void Relay::flush() {
  // A notice about one end is bytes for the others, and may find out that one of those is gone too.
  do each_outlet(*this, [](Outlet& outlet) { outlet.drain(); });
  while (report_losses());
}

// Told once for each end, where it can still be read; a notice makes bytes that are then written at once.
bool Relay::report_losses() {
  bool any = false;
  const auto report = [&](const std::string& what, int error) {
    report_loss(what, error);
    any = true;
  };
  for (const auto& end : ends_) {
    if (const auto error = end->outlet.take_failure()) report(std::string(end->name), *error);
  }
  if (log_) {
    if (const auto error = log_->outlet().take_failure()) report("--log " + log_->path(), *error);
  }
  for (auto& filter : filters_) {
    if (!filter) continue;
    if (const auto error = filter->outlet().take_failure()) file_loss_ = error;
  }
  if (file_loss_ && !std::exchange(file_loss_told_, true)) report("a file under --log-dir", *file_loss_);
  return any;
}

void Relay::report_loss(std::string_view what, int error) {
  const bool unread = error == EPIPE || error == EIO;
  const std::string reason = unread ? "nobody reads it any more" : std::generic_category().message(error);
  notice(fmt::format("gpulaunch: cannot write to {} ({}): what comes is dropped there, the job goes on", what, reason),
         latest_);
  end_of_stream_[1]->outlet.drain();
}

std::vector<int> Relay::blocked_fds() const {
  std::vector<int> fds;
  each_outlet(*this, [&fds](const Outlet& outlet) {
    if (outlet.blocked()) fds.push_back(outlet.fd());
  });
  return fds;
}

bool Relay::congested() const {
  bool any = false;
  each_outlet(*this, [&any](const Outlet& outlet) { any = any || outlet.congested(); });
  return any;
}

bool Relay::drained() const {
  bool all = !collapser_ || collapser_->empty();
  each_outlet(*this, [&all](const Outlet& outlet) { all = all && outlet.drained(); });
  return all;
}

void Relay::abandon_consoles() {
  if (collapser_) {
    collapser_->release_all();
    show_collapsed(latest_);
  }
  flush();
  each_outlet(*this, [](Outlet& outlet) {
    if (outlet.blocked()) outlet.drop_queue();
  });
}

}  // namespace gpulaunch
