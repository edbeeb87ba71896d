#include "gpulaunch/base/outcome.hpp"

#include "gpulaunch/base/signals.hpp"

#include <fmt/format.h>

#include <string_view>

namespace gpulaunch {

namespace {

std::string text_of(const Outcome& outcome, std::string_view verb) {
  if (outcome.kind == Outcome::Kind::exited) return fmt::format("exited with code {}", outcome.value);
  return fmt::format("{} killed by {} (signal {}{})", verb, signal_name(outcome.value), outcome.value,
                     outcome.core_dumped ? ", core dumped" : "");
}

}  // namespace

std::string Outcome::describe() const { return text_of(*this, "was"); }

std::string Outcome::describe_several() const { return text_of(*this, "were"); }

}  // namespace gpulaunch
