// The two blocks of several lines in which launchers sum up a failure: torchrun's summary (new and old layout) and this
// program's own failure block. Each takes the lines while it is open. Used by log_ends.cpp alone.
#pragma once

#include "gpulaunch/diagnosis/logs/line_stamp.hpp"
#include "gpulaunch/diagnosis/logs/log_ends.hpp"

#include <re2/re2.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gpulaunch {

// torchrun's, from "Failures:" or "Root Cause (first observed failure):" to the line of "=" or "*".
class AgentSummary {
 public:
  void open(std::string_view title);
  [[nodiscard]] bool is_open() const { return open_; }
  // One line of the open block.
  void read(std::string_view line, LogEnds& ends);
  // The log is over.
  void close(LogEnds& ends);

 private:
  void read_field(std::string_view name, std::string_view value);
  void read_traceback(std::string_view line);
  void finish_entry(LogEnds& ends);

  bool open_ = false;
  bool root_cause_ = false;
  bool in_traceback_ = false;
  LogEnd entry_;
  std::string traceback_;
  StampReader stamps_;
  RE2 field_{R"(^\s*(time|rank|exitcode|host|error_file|traceback|msg)\s*: ?(.*)$)"};
  RE2 number_{R"((-?\d{1,9})(?: \((?:local_rank|pid): (\d{1,9})\))?.*)"};
};

// This program's, from "gpulaunch: rank 2 exited with code 7" to "gpulaunch: exit code 7 (rank 2's)".
class OwnBlock {
 public:
  void open(std::vector<int> ranks) {
    open_ = true;
    ranks_ = std::move(ranks);
  }
  [[nodiscard]] bool is_open() const { return open_; }
  void close() { open_ = false; }
  [[nodiscard]] LineOwner read(std::string_view line, LogEnds& ends);

 private:
  void read_groups(std::string_view text, Fate fate, LogEnds& ends) const;

  bool open_ = false;
  std::vector<int> ranks_;
  RE2 group_{R"((?:ranks?) ([\d, -]*\d)\s*(.*))"};
};

}  // namespace gpulaunch
