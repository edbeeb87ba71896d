#include "gpulaunch/diagnosis/logs/log_findings.hpp"

#include <algorithm>

namespace gpulaunch {
namespace {

constexpr std::size_t longest_held = 200;

}  // namespace

void Speaker::say(std::uint64_t number, std::string_view text, std::optional<Nanos> at, bool to_stdout) {
  const bool begins = text.starts_with("Traceback (most recent call last)");
  const bool goes_on = !traceback_.empty() && text.starts_with(' ') && traceback_.size() < longest_held;
  if (!goes_on) finish();
  if (begins || goes_on)
    traceback_.push_back({number, std::string(text), at, to_stdout});
  else
    keep(number, text, at, to_stdout);
}

void Speaker::finish() {
  for (const auto& held : traceback_) keep(held.number, held.text, held.at, held.to_stdout);
  traceback_.clear();
}

void Speaker::keep(std::uint64_t number, std::string_view text, std::optional<Nanos> at, bool to_stdout) {
  (to_stdout ? out : err).add(number, text, at);
  if (at) last_at = last_at ? std::max(*last_at, *at) : *at;
}

}  // namespace gpulaunch
