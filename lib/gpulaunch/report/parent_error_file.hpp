// Under torchelastic, or under another gpulaunch, the launcher itself is a rank with an error file
// (TORCHELASTIC_ERROR_FILE in its own environment): what made the job fail is passed up there, in torch's schema and
// with the exit code as "errorCode", as torchrun does it.
#pragma once

#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <optional>
#include <string>

namespace gpulaunch {

struct ParentErrorFileOptions {
  std::optional<Nanos> timeout{};  // --timeout
  LineSink complain{};             // told when writing fails; may be empty
};

class ParentErrorFile final : public JobObserver {
 public:
  ParentErrorFile(std::string path, ParentErrorFileOptions options);
  void on(const JobEvent& event) override;

 private:
  void write() const;

  std::string path_;
  ParentErrorFileOptions options_;
  JobRecord record_;
  Instant finished_;
};

// The file's text: the culprit's own error file with the code added, or one made from the record. That names the root
// cause and quotes the last lines of its standard error; only a Python traceback becomes the call stack. Either has the
// cause and its fix, where the diagnosis knows them, in the message and below the call stack.
[[nodiscard]] std::string parent_error_text(const JobRecord& record, std::optional<Nanos> timeout, Wall when);

}  // namespace gpulaunch
