// Torch's error files: what a rank's own framework says about its failure. Both schemas are read:
//   {"message": {"message": "ValueError: bad", "extraInfo": {"py_callstack": "Traceback…", "timestamp": "1795349148"}}}
//   {"message": "text", "timestamp": 10}        (timestamp as number or string)
// A malformed or missing file is no error: it says nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

struct ErrorRecord {
  std::string message;                 // "ValueError: bad"
  std::string callstack;               // may be empty
  std::optional<long long> timestamp;  // seconds since the epoch
};

[[nodiscard]] std::optional<ErrorRecord> parse_error_record(std::string_view text);
[[nodiscard]] std::optional<ErrorRecord> read_error_file(const std::string& path);
// The file as it is, at most 1 MiB of it; empty where it is missing, empty or no regular file.
[[nodiscard]] std::optional<std::string> read_error_text(const std::string& path);

}  // namespace gpulaunch
