// How a process ended: decoded from siginfo (CLD_EXITED, CLD_KILLED, CLD_DUMPED), never by arithmetic on a wait status.
#pragma once

#include <string>

namespace gpulaunch {

struct Outcome {
  enum class Kind { exited, signaled };

  Kind kind = Kind::exited;
  int value = 0;  // exit code 0..255, or the signal's number
  bool core_dumped = false;

  [[nodiscard]] static Outcome exited(int code) { return {Kind::exited, code, false}; }
  [[nodiscard]] static Outcome signaled(int signo, bool core_dumped = false) {
    return {Kind::signaled, signo, core_dumped};
  }

  [[nodiscard]] bool success() const { return kind == Kind::exited && value == 0; }
  [[nodiscard]] int exit_code() const { return kind == Kind::exited ? value : 128 + value; }
  // "exited with code 3", "was killed by SIGSEGV (signal 11, core dumped)"
  [[nodiscard]] std::string describe() const;
  // The same of several: "exited with code 3", "were killed by SIGSEGV (signal 11, core dumped)"
  [[nodiscard]] std::string describe_several() const;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

}  // namespace gpulaunch
