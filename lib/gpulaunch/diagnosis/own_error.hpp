// What a program itself says it died of, where no signature knows the words: the exception of a Python traceback (the
// first of a chain, for the later ones only followed), an uncaught C++ exception, a failed assertion, a sanitizer's
// finding, a panic. Labels before the lines ("[rank1]: ", "(Worker pid=17) ERROR … ") may stand or be missing, the
// beginning may be cut off, and lines of other processes may stand between.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

struct OwnError {
  enum class Kind { exception, terminate, assertion, sanitizer, abort, panic, message };

  Kind kind = Kind::exception;
  std::string text;      // "ValueError: bad sample 17", without label
  std::size_t line = 0;  // where it stands
};

// Whether an error tells of nothing that another process's end may have brought about.
using IsIndependent = std::function<bool(std::string_view)>;

// The one that ended the program, as far as the lines show: among several the last that is independent.
[[nodiscard]] std::optional<OwnError> own_error(const std::vector<std::string_view>& lines,
                                                const IsIndependent& is_independent);

// Whether the text tells of connections, peers, stores, collectives or an interrupt, so that it may be the consequence
// of another process's end.
[[nodiscard]] bool is_about_others(std::string_view text);
// Of those only what tells of a connection that could not be made or was lost.
[[nodiscard]] bool is_about_connections(std::string_view text);

}  // namespace gpulaunch
