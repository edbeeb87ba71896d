#include "gpulaunch/report/text.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace gpulaunch {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";
constexpr std::string_view ellipsis = "…";

unsigned byte_at(std::string_view bytes, std::size_t index) { return static_cast<unsigned char>(bytes[index]); }

// Length and value bits of a lead byte; 0 where it cannot lead.
std::size_t sequence_length(unsigned lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

bool well_formed(char32_t value, std::size_t length) {
  if (length == 3) return value >= 0x800 && (value < 0xd800 || value > 0xdfff);
  return length != 4 || (value >= 0x10000 && value <= 0x10ffff);
}

// Length of a colour sequence (ESC [ digits and semicolons m) at the start of `text`; 0 where there is none.
std::size_t color_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

// Controls of C0 and C1, and the marks that make a terminal show text in another order than it is written.
bool must_be_escaped(char32_t value) {
  return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x200e || value == 0x200f ||
         (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069) || value == 0xfeff;
}

std::string shown(const CodePoint& point, std::string_view bytes) {
  if (!point.valid) return fmt::format("\\x{:02x}", byte_at(bytes, 0));
  if (point.value == '\t') return "    ";
  if (!must_be_escaped(point.value)) return std::string(bytes.substr(0, point.length));
  const auto value = static_cast<std::uint32_t>(point.value);
  return value < 0x100 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{:04x}", value);
}

std::string_view last_drawn(std::string_view line) {
  while (line.ends_with('\r') || line.ends_with('\n')) line.remove_suffix(1);
  const auto overwrite = line.rfind('\r');
  return overwrite == std::string_view::npos ? line : line.substr(overwrite + 1);
}

}  // namespace

CodePoint first_code_point(std::string_view bytes) {
  const unsigned lead = byte_at(bytes, 0);
  const std::size_t length = sequence_length(lead);
  if (length == 1) return {lead, 1, true};
  if (length == 0 || bytes.size() < length) return {lead, 1, false};
  char32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(bytes, i) & 0xc0U) != 0x80) return {lead, 1, false};
    value = (value << 6U) | (byte_at(bytes, i) & 0x3fU);
  }
  return well_formed(value, length) ? CodePoint{value, length, true} : CodePoint{lead, 1, false};
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto point = first_code_point(bytes);
    if (!point.valid) return false;
    bytes.remove_prefix(point.length);
  }
  return true;
}

std::string replace_invalid(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto point = first_code_point(bytes);
    text += point.valid ? bytes.substr(0, point.length) : replacement;
    bytes.remove_prefix(point.length);
  }
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t taken = bytes.size() - i < 3 ? bytes.size() - i : 3;
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = (group << 8U) | (k < taken ? byte_at(bytes, i + k) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= taken ? alphabet[(group >> (18U - 6U * k)) & 0x3fU] : '=';
  }
  return text;
}

std::string printable_line(std::string_view line, std::size_t columns) {
  line = last_drawn(line);
  std::string text;
  std::size_t used = 0;
  std::size_t fits = 0;  // bytes of `text` that leave a column for the ellipsis
  while (!line.empty()) {
    if (const auto color = color_sequence(line)) {
      line.remove_prefix(color);
      continue;
    }
    const auto point = first_code_point(line);
    const auto piece = shown(point, line);
    used += point.valid && piece.size() == point.length ? 1 : piece.size();
    if (used > columns) return text.substr(0, fits).append(ellipsis);
    text += piece;
    if (used < columns) fits = text.size();
    line.remove_prefix(point.length);
  }
  return text;
}

}  // namespace gpulaunch
