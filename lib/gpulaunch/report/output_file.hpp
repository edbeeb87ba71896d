// Where machine-readable reports go: a file that is created or emptied, or a descriptor that the caller of gpulaunch
// opened ("fd:N"). Opened before anything starts, so that a bad name is an error and not a lost report.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"

#include <string>
#include <string_view>

namespace gpulaunch {

// Errors: usage, "--junit /x/report.xml: cannot open: No such file or directory". A fifo nobody reads is an error too.
[[nodiscard]] Result<Fd> open_report_file(std::string_view flag, const std::string& path);
// `target`: FILE or fd:N. The descriptor is duplicated; its owner may close the original.
[[nodiscard]] Result<Fd> open_report_target(std::string_view flag, const std::string& target);

// How long a reader may take nothing before it is given up.
inline constexpr int reader_patience_ms = 1000;

// Errors: system. Waits for a descriptor that takes nothing at the moment, as long as its reader is not given up.
[[nodiscard]] Result<void> write_report(int fd, std::string_view bytes);

}  // namespace gpulaunch
