// The terminal that the launcher was started on, lent to the only rank of a one-rank job: that rank's group is the
// foreground group; when it stops (Ctrl-Z in a shell's child, say) the launcher takes the terminal back and stops too,
// and when the shell continues the launcher (fg), the rank gets the terminal again. Modes (tcgetattr) are saved and
// given back at the end, so that a killed editor does not leave a raw terminal behind.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <sys/types.h>
#include <termios.h>

#include <optional>

namespace gpulaunch {

class TerminalLoan {
 public:
  // `launcher_group`: the one that the user's shell knows. Empty when standard input is not the terminal of our
  // session. Behind another group (`gpulaunch … &`) there is nothing to lend yet: the rank that reads is stopped, we
  // stop with it, and `fg` brings both to the front.
  [[nodiscard]] static std::optional<TerminalLoan> take(pid_t launcher_group);
  [[nodiscard]] bool in_front() const;
  [[nodiscard]] int fd() const { return terminal_.get(); }

  // The group in front, with the modes that it had when it was last there. False, and nothing done, when we are not in
  // front ourselves (the shell said `bg`): the terminal is then the shell's. A group that is in front already is fine.
  bool give_to(pid_t group);
  // The launcher's group in front again, with its modes; nothing when the terminal is not lent.
  void take_back();
  [[nodiscard]] pid_t owner() const { return own_group_; }

 private:
  Fd terminal_;
  pid_t own_group_ = -1;
  termios own_modes_{};
  std::optional<termios> lent_modes_;
  bool lent_ = false;
};

}  // namespace gpulaunch
