// Words as a shell reads and writes them, without a shell: --wrap is split into words once, and plans print argv so
// that it can be pasted into a terminal. No variables, no globbing, no substitution.
#pragma once

#include "gpulaunch/base/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gpulaunch {

// POSIX quoting: 'literal', "with \" \\ \$ \` escapes", and a backslash before any character outside quotes.
// Errors: usage, "unbalanced ' quote" and the like, without the flag's name.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

// The word itself where a shell would read it back unchanged, else in single quotes.
[[nodiscard]] std::string quote_word(std::string_view word);
[[nodiscard]] std::string quote_words(const std::vector<std::string>& words);

// {name} → value for each pair; braces around anything else stay as they are, and values are not looked into again.
using Placeholders = std::vector<std::pair<std::string_view, std::string>>;
[[nodiscard]] std::string replace_placeholders(std::string_view text, const Placeholders& placeholders);

}  // namespace gpulaunch
