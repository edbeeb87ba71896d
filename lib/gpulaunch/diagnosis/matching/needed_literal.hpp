// A text that every match of a pattern contains, read off the pattern without compiling it: compiling hundreds of
// patterns takes far longer than looking for their literals, and hardly any of them fits a given failure. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gpulaunch {

// Shorter ones are in too many lines to tell anything.
inline constexpr std::size_t shortest_literal = 4;

// The longest such text outside of groups, in lower case (ASCII), so that it can be looked for in lower-case text
// whatever the pattern says about case. Empty where none can be told for certain: then the pattern has to be tried.
[[nodiscard]] std::string needed_literal(std::string_view pattern);

}  // namespace gpulaunch
