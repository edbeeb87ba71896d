#include "gpulaunch/output/pty.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace gpulaunch {
namespace {

constexpr winsize standard_size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};

// TIOCGPTPEER (Linux 4.13) needs no path, so it works without /dev/pts too; ptsname is for kernels that lack it.
Fd open_worker_end(int master) {
  constexpr int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  Fd worker(::ioctl(master, TIOCGPTPEER, flags));
  if (worker || (errno != EINVAL && errno != ENOTTY)) return worker;
  std::array<char, 64> name{};
  if (::ptsname_r(master, name.data(), name.size()) != 0) return {};
  return Fd(::open(name.data(), flags));
}

// Output passes as it is written, nothing that the launcher sends is echoed; line editing and signal characters stay as
// programs expect them of a terminal.
bool make_raw_output(int worker) {
  termios modes{};
  if (::tcgetattr(worker, &modes) != 0) return false;
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  modes.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL);
  return ::tcsetattr(worker, TCSANOW, &modes) == 0;
}

}  // namespace

Result<Pty> open_pty(int like) {
  constexpr std::string_view doing = "cannot open a pseudo-terminal";
  Pty pty;
  pty.master = Fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!pty.master) return fail_errno(doing, errno);
  if (::grantpt(pty.master.get()) != 0 || ::unlockpt(pty.master.get()) != 0) return fail_errno(doing, errno);
  pty.worker = open_worker_end(pty.master.get());
  if (!pty.worker || !make_raw_output(pty.worker.get())) return fail_errno(doing, errno);
  if (::ioctl(pty.master.get(), TIOCSWINSZ, &standard_size) != 0) return fail_errno(doing, errno);
  if (like >= 0) copy_window_size(like, pty.master.get());
  return pty;
}

void copy_window_size(int from, int to) {
  winsize size{};
  // Terminals that do not know their size (serial lines) say 0 x 0, which would make programs draw nothing.
  if (::ioctl(from, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) ::ioctl(to, TIOCSWINSZ, &size);
}

}  // namespace gpulaunch
