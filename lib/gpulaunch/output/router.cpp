#include "gpulaunch/output/router.hpp"

#include "gpulaunch/output/relay.hpp"

namespace gpulaunch {

Result<std::unique_ptr<OutputRouter>> OutputRouter::open(const Plan& plan, const OutputOptions& options,
                                                         ConsoleFds console, const ConsoleStyle& style) {
  auto relay = std::make_unique<Relay>(options, style);
  if (auto opened = relay->open_all(plan, console, style); !opened) return tl::unexpected(std::move(opened.error()));
  return relay;
}

}  // namespace gpulaunch
