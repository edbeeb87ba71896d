// What ranks print is bytes; what reports show must be text. These functions make the one into the other: for people
// (nothing that moves a cursor, changes colours or reorders letters reaches their terminal) and for JSON and XML, which
// take valid UTF-8 alone. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gpulaunch {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  // bytes taken
  bool valid = false;      // false: one byte that is no part of well-formed UTF-8
};

// The first code point of `bytes`, which must not be empty (RFC 3629: no surrogates, nothing overlong).
[[nodiscard]] CodePoint first_code_point(std::string_view bytes);

[[nodiscard]] bool is_utf8(std::string_view bytes);
// The bytes with U+FFFD for each that is no UTF-8.
[[nodiscard]] std::string replace_invalid(std::string_view bytes);
// RFC 4648, padded.
[[nodiscard]] std::string base64(std::string_view bytes);

// One line for people: colour sequences go, tabs become spaces, other control characters and bytes that are no UTF-8
// become "\x1b", "\u202e" and the like; of a progress bar that draws over itself only the last state is left; what is
// longer than `columns` code points ends in an ellipsis.
[[nodiscard]] std::string printable_line(std::string_view line, std::size_t columns);

}  // namespace gpulaunch
