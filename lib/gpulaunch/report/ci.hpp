// One GitHub annotation for a failed job, so that the root cause stands on the run's summary page: it names whoever is
// to blame, with cause and fix where the diagnosis knows them; ranks that fell with them or were stopped get none. The
// program adds this observer where GITHUB_ACTIONS=true. Format: "Workflow commands" of GitHub's documentation.
#pragma once

#include "gpulaunch/report/job_record.hpp"
#include "gpulaunch/report/line_sink.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace gpulaunch {

class GithubAnnotations final : public JobObserver {
 public:
  GithubAnnotations(std::optional<Nanos> timeout, LineSink sink);
  void on(const JobEvent& event) override;

 private:
  std::optional<Nanos> timeout_;
  LineSink sink_;
  JobRecord record_;
};

// "::error title=rank 2 exited with code 7::ValueError: bad%0A…", "::error title=rank 2 exited with code 1%3A cuda out
// of memory (likely)::cause (likely): …%0Afix: …"; empty for a job that succeeded or was told to stop.
[[nodiscard]] std::optional<std::string> github_annotation(const JobRecord& record, std::optional<Nanos> timeout);
// A title may not hold what ends it.
[[nodiscard]] std::string escape_github_message(std::string_view text);
[[nodiscard]] std::string escape_github_title(std::string_view text);

}  // namespace gpulaunch
