// The {name}s of causes and fixes: which ones a sentence has, and the sentence with them filled in. Where a name caught
// nothing, the sentence stays readable: the words that only lead up to it go with it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace gpulaunch {

[[nodiscard]] std::set<std::string> placeholders(std::string_view text);
[[nodiscard]] std::string filled(std::string_view text, const std::map<std::string, std::string>& names);

}  // namespace gpulaunch
