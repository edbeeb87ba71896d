#include "gpulaunch/base/outcome.hpp"

#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

namespace gpulaunch {

std::string Outcome::describe() const {
  if (kind == Kind::exited) return fmt::format("exited with code {}", value);
  return fmt::format("was killed by {} (signal {}{})", signal_name(value), value, core_dumped ? ", core dumped" : "");
}

}  // namespace gpulaunch
