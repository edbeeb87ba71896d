// Findings on their way from the inspecting child to the supervisor: one JSON object a line, each written as soon as it
// is known, so that what was found before the limit counts. A later line about the same rank completes or replaces an
// earlier one. Reading survives anything: a line that is cut off or makes no sense is passed over.
#pragma once

#include "gpulaunch/inspection/inspection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// Called by the child. The end of the reader ends the child too (SIGPIPE).
class FindingWriter {
 public:
  explicit FindingWriter(int pipe) : pipe_(pipe) {}

  void rank(const RankFindings& findings) const;
  void python_stack(int rank, const std::vector<std::string>& stack) const;
  void native_stack(int rank, const std::vector<std::string>& stack) const;
  void nccl(const std::vector<std::string>& lines) const;
  void note(const std::string& text) const;
  // A tool that can stop this process has been started, or has ended properly.
  void tool_on(pid_t pid) const;
  void tool_off(pid_t pid) const;

 private:
  void line(const std::string& text) const;

  int pipe_;
};

struct ReceivedFindings {
  Findings findings;              // without laggards
  std::vector<pid_t> under_tool;  // processes that a tool may have left stopped: it was ended before it let go of them
};

[[nodiscard]] ReceivedFindings read_finding_lines(std::string_view text);

}  // namespace gpulaunch
