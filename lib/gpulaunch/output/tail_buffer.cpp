#include "gpulaunch/output/tail_buffer.hpp"

#include "gpulaunch/output/progress.hpp"

#include <algorithm>

namespace gpulaunch {

void TailBuffer::append(std::string_view bytes) {
  if (bytes.size() >= max_bytes) {
    cut_ = cut_ || !bytes_.empty() || bytes.size() > max_bytes;
    bytes_.assign(bytes.substr(bytes.size() - max_bytes));
    return;
  }
  // Twice the room, so that bytes are moved to the front once per 64 KiB and not once per chunk.
  if (bytes_.size() + bytes.size() > 2 * max_bytes) {
    bytes_.erase(0, bytes_.size() - (max_bytes - bytes.size()));
    cut_ = true;
  }
  bytes_.append(bytes);
}

std::string_view TailBuffer::kept() const {
  const std::string_view all = bytes_;
  return all.size() > max_bytes ? all.substr(all.size() - max_bytes) : all;
}

std::vector<std::string> TailBuffer::lines(std::size_t count) const {
  std::string_view rest = kept();
  const bool cut = cut_ || bytes_.size() > max_bytes;
  if (rest.ends_with('\n'))
    rest.remove_suffix(1);
  else if (rest.empty())
    return {};

  std::vector<std::string> found;
  const std::size_t wanted = std::min(count, max_lines);
  for (bool more = true; more && found.size() < wanted;) {
    const std::size_t newline = rest.rfind('\n');
    more = newline != std::string_view::npos;
    const std::string_view line = more ? rest.substr(newline + 1) : rest;
    if (more || !cut || found.empty()) found.emplace_back(latest_update(line));
    if (more) rest = rest.substr(0, newline);
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace gpulaunch
