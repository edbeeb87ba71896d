#include "gpulaunch/output/line_splitter.hpp"

#include <cstring>
#include <utility>

namespace gpulaunch {

std::optional<Piece> LineSplitter::next() {
  if (spent_ > 0) held_.erase(0, std::exchange(spent_, 0));
  if (rest_.empty()) return std::nullopt;
  if (held_.empty() && !continues_) {
    if (const std::size_t length = whole_lines(); length > 0) {
      const std::string_view block = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return Piece{Piece::Kind::lines, block, false};
    }
  }
  return extend();
}

// Hops from line end to line end: every window of limit + 1 bytes must hold one, else a line is too long.
std::size_t LineSplitter::whole_lines() const {
  std::size_t end = 0;
  while (end < block_size) {
    const std::string_view window = rest_.substr(end, limit + 1);
    const void* newline = ::memrchr(window.data(), '\n', window.size());
    if (newline == nullptr) break;
    end = static_cast<std::size_t>(static_cast<const char*>(newline) - rest_.data()) + 1;
  }
  return end;
}

std::optional<Piece> LineSplitter::extend() {
  const std::size_t room = limit - held_.size();
  const std::size_t newline = rest_.substr(0, room + 1).find('\n');
  if (newline != std::string_view::npos) return end_line(newline);
  if (rest_.size() > room) return cut_part();
  held_.append(rest_);
  rest_ = {};
  return std::nullopt;
}

Piece LineSplitter::end_line(std::size_t length) {
  Piece piece{Piece::Kind::line, rest_.substr(0, length), std::exchange(continues_, false)};
  if (!held_.empty()) {
    held_.append(piece.text);
    spent_ = held_.size();
    piece.text = held_;
  }
  rest_.remove_prefix(length + 1);
  return piece;
}

Piece LineSplitter::cut_part() {
  const std::size_t taken = limit - held_.size();
  held_.append(rest_.substr(0, taken));
  rest_.remove_prefix(taken);
  const std::size_t update = held_.rfind('\r');
  spent_ = update != std::string::npos && update >= limit / 2 ? update + 1 : limit;
  return {Piece::Kind::part, std::string_view(held_).substr(0, spent_), std::exchange(continues_, true)};
}

std::optional<Piece> LineSplitter::finish() {
  if (spent_ > 0) held_.erase(0, std::exchange(spent_, 0));
  const bool continued = std::exchange(continues_, false);
  if (held_.empty()) return std::nullopt;
  spent_ = held_.size();
  return Piece{Piece::Kind::last, held_, continued};
}

}  // namespace gpulaunch
