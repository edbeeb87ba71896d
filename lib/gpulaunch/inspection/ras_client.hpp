// Asks NCCL's RAS service, a thread of one of the ranks, how the communicators are: its text protocol over TCP.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/error.hpp"

#include <string>

namespace gpulaunch {

// The answer to VERBOSE STATUS; what came of it until the deadline. `address` is host:port, [host]:port for IPv6.
// Errors: system, when nobody listens there ("NCCL's RAS service at localhost:28028: connection refused") or somebody
// who speaks otherwise; usage, when the address is none.
[[nodiscard]] Result<std::string> ask_ras(const std::string& address, Mono deadline);

}  // namespace gpulaunch
