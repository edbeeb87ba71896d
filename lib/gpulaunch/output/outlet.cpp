#include "gpulaunch/output/outlet.hpp"

#include <errno.h>

namespace gpulaunch {

void Outlet::drain() {
  blocked_ = false;
  if (!alive_) {
    queue_.clear();
  } else if (!queue_.empty()) {
    const Sink::Written written = sink_.write(queue_.view());
    queue_.consume(written.bytes);
    blocked_ = written.error == EAGAIN;
    if (written.error != 0 && !blocked_) {
      alive_ = false;
      failure_ = written.error;
      queue_.clear();
    }
  }
  note_level();
}

void Outlet::drop_queue() {
  queue_.clear();
  blocked_ = false;
  note_level();
}

void Outlet::note_level() {
  if (queue_.size() >= high_water) congested_ = true;
  if (queue_.size() < low_water) congested_ = false;
}

}  // namespace gpulaunch
