#include "gpulaunch/process/oom_score.hpp"

#include "gpulaunch/process/proc_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace gpulaunch {
namespace {

constexpr int highest_score = 1000;  // OOM_SCORE_ADJ_MAX

bool set_oom_score(int score) noexcept {
  std::array<char, 8> digits{};
  const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), score).ptr;
  const auto size = static_cast<std::size_t>(end - digits.data());
  const Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  return file && ::write(file.get(), digits.data(), size) == static_cast<ssize_t>(size);
}

}  // namespace

std::optional<int> oom_score() noexcept {
  std::array<char, 8> digits{};
  const auto text = read_beginning(ProcPath() / "self" / "oom_score_adj", digits);
  int score = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), score).ec != std::errc{}) return std::nullopt;
  return score;
}

RaisedOomScore::RaisedOomScore(int steps) noexcept {
  const auto score = oom_score();
  if (score && set_oom_score(std::min(*score + steps, highest_score))) before_ = score;
}

RaisedOomScore::~RaisedOomScore() {
  if (before_) set_oom_score(*before_);
}

}  // namespace gpulaunch
