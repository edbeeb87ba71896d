// Where bytes leave the launcher, without ever blocking it: a file, a pipe, a terminal or a socket.
// An inherited descriptor shares its flags with whoever started us, so O_NONBLOCK is never set on it: pipes and
// terminals are opened a second time through /proc/self/fd, sockets take MSG_DONTWAIT, and what can be neither is asked
// with poll(2) before each small write. Files are written to directly. The process must ignore SIGPIPE.
#pragma once

#include "gpulaunch/base/fd.hpp"

#include <cstddef>
#include <string_view>

namespace gpulaunch {

class Sink {
 public:
  struct Written {
    std::size_t bytes = 0;
    int error = 0;  // 0: all were taken; EAGAIN: wait until fd() is writable; else the sink is lost (EPIPE, ENOSPC, …)
  };

  // Over a descriptor of the launcher, which must stay open. A closed one gives a sink that is lost at once.
  [[nodiscard]] static Sink over(int fd);
  // Over a description of our own, opened with O_NONBLOCK.
  [[nodiscard]] static Sink owning(Fd fd);
  // Over a pipe or terminal that could not be opened a second time, or whatever would not say what it is.
  [[nodiscard]] static Sink polling(int fd);

  [[nodiscard]] Written write(std::string_view bytes) const;
  [[nodiscard]] int fd() const { return owned_ ? owned_.get() : borrowed_; }

 private:
  enum class Way { direct, socket, polled, lost };
  Sink(Way way, int borrowed, int lost_error = 0) : way_(way), borrowed_(borrowed), lost_error_(lost_error) {}
  [[nodiscard]] Written write_some(std::string_view bytes) const;

  Way way_;
  int borrowed_ = -1;
  int lost_error_ = 0;
  Fd owned_;
};

// True where both descriptors lead to the same file, pipe or terminal, so that one order must hold for both.
[[nodiscard]] bool same_target(int a, int b);

}  // namespace gpulaunch
