// What facts are called: the vocabulary that signatures ("evidence", "certain_if") and those who look facts up share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// The names that signatures may use; "xid-<n>" stands for xid-13, xid-79 and so on. The engine itself finds out
// peer-finished-early, everyone-alike and killed-from-outside.
[[nodiscard]] const std::vector<std::string>& known_facts();
[[nodiscard]] bool is_known_fact(std::string_view name);

}  // namespace gpulaunch
