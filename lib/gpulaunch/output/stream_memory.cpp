#include "gpulaunch/output/stream_memory.hpp"

#include "gpulaunch/output/progress.hpp"

#include <algorithm>
#include <map>

namespace gpulaunch {
namespace {

// Puts lines together in the order of their places, with the times that are known.
class Recollection {
 public:
  explicit Recollection(const std::vector<KeptLine>& errors) {
    for (const auto& line : errors) times_.emplace(line.place, line.at);
  }

  void add(std::string_view text, std::uint64_t place) {
    const auto time = times_.find(place);
    lines_.push_back(
        {std::string(latest_update(text)), time == times_.end() ? std::nullopt : std::optional(time->second)});
  }

  void add_all(std::string_view text, std::uint64_t place) {
    if (text.ends_with('\n'))
      text.remove_suffix(1);
    else if (text.empty())
      return;
    for (bool more = true; more;) {
      const std::size_t newline = text.find('\n');
      more = newline != std::string_view::npos;
      add(text.substr(0, newline), place);
      if (more) text.remove_prefix(newline + 1);
      place += newline + 1;
    }
  }

  [[nodiscard]] std::vector<RememberedLine> take() { return std::move(lines_); }

 private:
  std::map<std::uint64_t, Mono> times_;
  std::vector<RememberedLine> lines_;
};

}  // namespace

void StreamMemory::append(std::string_view bytes, Mono now, ScanAllowance& allowance) {
  if (head_.size() < max_head) head_.append(bytes.substr(0, max_head - head_.size()));
  bytes_ += bytes.size();
  errors_.read(bytes, now, allowance);
  tail_.append(bytes);
}

std::vector<RememberedLine> StreamMemory::lines() const {
  const auto errors = errors_.lines();
  Recollection all(errors);
  std::string_view tail = tail_.kept();
  std::uint64_t tail_place = bytes_ - tail.size();
  if (tail_place <= head_.size()) {
    all.add_all(head_.substr(0, tail_place) + std::string(tail), 0);
    return all.take();
  }
  // Lines of which a part is missing are left out, unless an endless line is all there is.
  const std::size_t head_end = head_.rfind('\n') + 1;
  all.add_all(std::string_view(head_).substr(0, head_end), 0);
  if (const std::size_t newline = tail.find('\n'); newline != std::string_view::npos && newline + 1 < tail.size()) {
    tail.remove_prefix(newline + 1);
    tail_place += newline + 1;
  }
  for (const auto& line : errors) {
    if (line.place >= head_end && line.place < tail_place) all.add(line.text, line.place);
  }
  all.add_all(tail, tail_place);
  return all.take();
}

}  // namespace gpulaunch
