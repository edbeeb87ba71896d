// The kernel's own signal set, by raw calls: glibc's sigprocmask keeps back the two signals that its threads use (32
// and 33), and a child must get every signal blocked while it is being made, and an empty mask afterwards. Raw calls
// are also free of locks, so that they may be used between clone and exec.
#pragma once

#include <cstdint>

namespace gpulaunch {

using SignalSet = std::uint64_t;  // bit n - 1 is signal n; Linux has 64 on every machine but MIPS

inline constexpr SignalSet every_signal = ~SignalSet{0};
[[nodiscard]] constexpr SignalSet only_signal(int signo) { return SignalSet{1} << unsigned(signo - 1); }

// The calling thread's mask; the old one is returned.
SignalSet set_signal_mask(SignalSet mask) noexcept;
SignalSet block_signals(SignalSet more) noexcept;

// Blocks signals for as long as it lives.
class BlockedSignals {
 public:
  explicit BlockedSignals(SignalSet more) noexcept : before_(block_signals(more)) {}
  BlockedSignals(const BlockedSignals&) = delete;  // the mask would be restored twice
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { set_signal_mask(before_); }

 private:
  SignalSet before_;
};

}  // namespace gpulaunch
