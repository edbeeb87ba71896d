#include "gpulaunch/output/router.hpp"

#include "gpulaunch/output/relay.hpp"

#include <unistd.h>

namespace gpulaunch {

ConsoleLook console_look(int fd, When color, const ConsoleStyle& style) {
  const bool draws = !style.dumb_terminal && ::isatty(fd) == 1;
  return {.draws = draws, .coloured = color == When::automatic ? draws && !style.no_color : color == When::always};
}

Result<std::unique_ptr<OutputRouter>> OutputRouter::open(const Plan& plan, const OutputOptions& options,
                                                         ConsoleFds console, const ConsoleStyle& style) {
  auto relay = std::make_unique<Relay>(options, style);
  if (auto opened = relay->open_all(plan, console, style); !opened) return tl::unexpected(std::move(opened.error()));
  return relay;
}

}  // namespace gpulaunch
