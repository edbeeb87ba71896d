// One rank while it runs: its process and our ends of its descriptors. A leader that has died stays an unreaped zombie
// until nothing of its session is left, so that its pid, which names the session and the group, is not given to others.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/detected_by.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/output/router.hpp"

#include <sys/types.h>

#include <array>
#include <optional>

namespace gpulaunch {

struct RankStream {
  Fd fd;                 // our end; empty once it was closed, or when the rank has our own descriptor
  bool widened = false;  // the pipe was enlarged because the rank writes much
};

struct RankProcess {
  enum class State { waiting, running, zombie, reaped };

  State state = State::waiting;
  pid_t pid = -1;
  Fd pidfd;
  std::array<RankStream, 2> streams;  // by Stream; with a pty only the first is used
  Fd heartbeat;                       // what it beats on, until somebody listens
  Fd input;                           // where --stdin all is copied to
  Instant started{};
  bool family_killed = false;
  std::optional<DetectedBy> detected_by;  // what told first of its end

  [[nodiscard]] RankStream& stream(Stream which) { return streams[static_cast<std::size_t>(which)]; }
  [[nodiscard]] bool open() const { return static_cast<bool>(streams[0].fd) || static_cast<bool>(streams[1].fd); }
};

}  // namespace gpulaunch
