// Looks out for spawn storms (policy/storm.hpp) in a running job: one cheap read ten times a second, less often while
// nothing at all is started, and a walk over the family when that says that something was. Where /proc shows nothing,
// nothing is found.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/output/router.hpp"
#include "gpulaunch/policy/storm.hpp"
#include "gpulaunch/policy/storm_owners.hpp"
#include "gpulaunch/policy/storm_pace.hpp"
#include "gpulaunch/process/task_count.hpp"
#include "gpulaunch/run/rank_process.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// For one attempt: make it before the first rank is started.
class StormWatch final : private StormEvidence {
 public:
  // `max_processes`: of one rank at once. `router` must outlive the watch.
  StormWatch(int max_processes, const OutputRouter& router);

  // `ranks` by rank.
  [[nodiscard]] std::optional<Storm> look(Mono now, const std::vector<RankProcess>& ranks);
  // How long to wait until the next look.
  [[nodiscard]] Nanos rest() const;

 private:
  [[nodiscard]] std::vector<StormProcess> sample(const std::vector<RankProcess>& ranks);
  [[nodiscard]] std::optional<StormPace::Count> count() const;
  [[nodiscard]] std::string command_of(int pid) override;
  [[nodiscard]] std::uint64_t stack_of(int pid) override;
  [[nodiscard]] bool has_failed(int pid) override;
  [[nodiscard]] std::optional<std::string> repeated_error(int rank) override;

  const OutputRouter* router_;
  TaskCounter counter_;
  std::optional<StormPace::Count> last_count_;
  bool stirring_ = true;  // numbers were given out between the last two looks
  StormPace pace_;
  StormOwners owners_;
  StormJudge judge_;
};

}  // namespace gpulaunch
