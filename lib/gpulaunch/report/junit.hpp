// --junit: the finished job as a JUnit report: one suite, a test case for each rank. A rank that failed on its own is a
// failure, with the cause and its fix where the diagnosis knows them; whom the diagnosis blames is the only failure
// then, and ranks that failed because of it are skipped, as are those that gpulaunch stopped. One that could not be
// started is an error, and where no rank is to blame (a timeout, a signal) a case named "job" carries the error. After
// restarts it shows the last attempt.
#pragma once

#include "gpulaunch/base/error.hpp"
#include "gpulaunch/base/fd.hpp"
#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <memory>
#include <optional>
#include <string>

namespace gpulaunch {

struct JUnitOptions {
  std::optional<Nanos> timeout{};  // --timeout
  LineSink complain{};             // told when writing fails; may be empty
};

class JUnitWriter final : public JobObserver {
 public:
  JUnitWriter(Fd file, std::string path, JUnitOptions options);
  void on(const JobEvent& event) override;

 private:
  Fd file_;
  std::string path_;
  JUnitOptions options_;
  JobRecord record_;
};

// Opens (and empties) the file, so that a bad path is found before anything starts. Errors: usage, naming --junit.
[[nodiscard]] Result<std::unique_ptr<JUnitWriter>> open_junit_writer(const std::string& path,
                                                                     JUnitOptions options = {});

// The report's text. Pure but for the ranks' error files.
[[nodiscard]] std::string junit_xml(const JobRecord& record, std::optional<Nanos> timeout);
// As XML 1.0 takes it in text and attributes: markup escaped, characters it does not allow made visible ("\x1b").
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace gpulaunch
