// MASTER_PORT without a race, for the whole life of the job: a bound, non-listening, dual-stack socket with
// SO_REUSEADDR held by the launcher. Torch's store can bind and listen on it; the kernel gives the port to nobody else.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <optional>

namespace gpulaunch {

struct ReservedPort {
  int number = 0;
  Fd holder;
  // SO_REUSEADDR lets torch's store share the port with the holder, and would let another launcher reserve it as well.
  // This abstract Unix socket, named after the port, keeps launchers apart; it has the same scope, the network
  // namespace.
  Fd claim;
};

// `wanted`: exactly that port; else one that the kernel picks.
// Errors: system, "--master-port 29500 is taken (in use on this machine)" and the like.
[[nodiscard]] Result<ReservedPort> reserve_port(std::optional<int> wanted);

}  // namespace gpulaunch
