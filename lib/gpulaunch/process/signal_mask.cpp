#include "gpulaunch/process/signal_mask.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gpulaunch {
namespace {

SignalSet change_mask(int how, SignalSet mask) noexcept {
  SignalSet before = 0;
  ::syscall(SYS_rt_sigprocmask, how, &mask, &before, sizeof mask);  // fails for a bad address or size alone
  return before;
}

}  // namespace

SignalSet set_signal_mask(SignalSet mask) noexcept { return change_mask(SIG_SETMASK, mask); }

SignalSet block_signals(SignalSet more) noexcept { return change_mask(SIG_BLOCK, more); }

}  // namespace gpulaunch
