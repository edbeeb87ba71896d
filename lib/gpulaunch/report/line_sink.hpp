// Where a report's lines for people go: the caller puts them on standard error between the ranks' lines. A line comes
// without its line feed.
#pragma once

#include <functional>
#include <string_view>

namespace gpulaunch {

using LineSink = std::function<void(std::string_view line)>;

}  // namespace gpulaunch
