// Which environment variables hold secrets: their values are masked in dry runs, reports and events.
#pragma once

#include <string>
#include <string_view>

namespace gpulaunch {

// True for names like *TOKEN*, *SECRET*, *PASSWORD*, *_KEY (any case).
[[nodiscard]] bool is_secret_name(std::string_view name);

// The value as it may be shown: "***" for a secret's non-empty value, else the value itself.
[[nodiscard]] std::string shown_value(std::string_view name, std::string_view value);

}  // namespace gpulaunch
