// Signals as a stream of values: everything that the launcher acts on is blocked and read from a signalfd, so that no
// work is ever done in a handler. Signals that our caller had us ignore stay ignored (nohup, `cmd &` without job
// control); SIGPIPE is ignored (a dead reader is an EPIPE), SIGCHLD gets its default action back, for an inherited
// SIG_IGN would lose the exit statuses.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <signal.h>

#include <array>
#include <vector>

namespace gpulaunch {

struct SignalNote {
  int signo = 0;
  bool from_kernel = false;  // SI_KERNEL: typed at the terminal
  int sender = 0;            // pid, 0 when it is outside of our pid namespace
};

class SignalInbox {
 public:
  // `more`: signals beside the usual ones (--on-signal).
  [[nodiscard]] static Result<SignalInbox> open(const std::vector<int>& more = {});
  SignalInbox(SignalInbox&&) = default;
  SignalInbox& operator=(SignalInbox&&) = delete;
  SignalInbox(const SignalInbox&) = delete;  // one reader: a signal is delivered once
  SignalInbox& operator=(const SignalInbox&) = delete;
  ~SignalInbox();  // the mask is what it was

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] std::vector<SignalNote> take();
  // The same a few at a time and without allocating; calls `use` with each.
  template <class Use>
  void take_each(Use use) {
    std::array<SignalNote, batch> notes;
    for (std::size_t count = read(notes); count > 0; count = read(notes)) {
      for (std::size_t i = 0; i < count; ++i) use(notes[i]);
    }
  }

 private:
  static constexpr std::size_t batch = 16;
  [[nodiscard]] std::size_t read(std::array<SignalNote, batch>& notes) noexcept;

  SignalInbox(Fd fd, sigset_t before) : fd_(std::move(fd)), before_(before) {}
  Fd fd_;
  sigset_t before_;
};

// Stops this process the way Ctrl-Z would; returns when it was continued. In an orphaned process group, where nobody
// could continue it, the kernel ignores the signal and this returns at once.
void stop_self();

// Ends this process by the signal, so that the caller sees WIFSIGNALED; returns only where the signal cannot kill (PID
// 1).
void die_of(int signo);

}  // namespace gpulaunch
