// A job that does not want to die, with somebody who attacks its guardians, and the oracles for "nothing is left":
// a FIFO that every process of the job holds open comes to its end; every orphan falls to this process (a subreaper
// too), and waitid has none left; no process carries the cookie of the launch; and the launcher ended as it should.
#pragma once

#include "gpulaunch/base/fd.hpp"
#include "launch.hpp"
#include "scratch.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace harness {

// Ten times what is promised for an idle machine.
#ifdef GPULAUNCH_SANITIZED
inline constexpr std::chrono::milliseconds soon{5000};
#else
inline constexpr std::chrono::milliseconds soon{1000};
#endif

// To be made before the job is started: from then on this process adopts orphans.
// A FIFO: ranks open it with the actor's "hold" and hand it down to all of their children.
class Witness {
 public:
  Witness();
  [[nodiscard]] const std::string& path() const { return path_; }
  // Waits until nobody holds it. From the first call on; nobody needs to have held it at all.
  [[nodiscard]] bool let_go_of_within(std::chrono::nanoseconds limit);

 private:
  ScratchDir folder_;
  std::string path_;
  gpulaunch::Fd reader_;
  gpulaunch::Fd writer_;  // ours: without one, there is no end to see
};

enum class Who { front, anchor, core };
[[nodiscard]] std::string name_of(Who who);

class HostileJob {
 public:
  // Ranks that run `commands` beside what makes them hostile: each has a child that ignores TERM, HUP and INT, a
  // child in a session of its own, a daemon, and a stopped daemon. Returns when all of them are there.
  explicit HostileJob(Launch launch = {}, const std::vector<std::string>& commands = {}, int ranks = 4);
  // Any other job of which everyone holds the witness, and that need not be in place yet.
  HostileJob(Witness witness, Job job);
  // Beside its leader.
  static constexpr std::size_t family_of_rank = 4;

  [[nodiscard]] Job& job() { return job_; }
  [[nodiscard]] pid_t pid_of(Who who);
  HostileJob& hit(Who who, int signo);

  // The oracles; the bound counts from the call.
  Finished expect_nobody_left(std::chrono::nanoseconds bound = soon, Where where = Where::current());

 private:
  [[nodiscard]] bool adopt_until_none_is_left(std::chrono::steady_clock::time_point deadline);

  Witness witness_;
  Job job_;
  std::array<pid_t, 3> guardians_{-1, -1, -1};
};

// The commands of a hostile rank, with `more` before the last sleep.
[[nodiscard]] std::vector<std::string> hostile_commands(const std::string& witness,
                                                        const std::vector<std::string>& more);
// Every guardian has one child when nobody has died yet. -1: it has none.
[[nodiscard]] pid_t only_child_of(pid_t pid);
// For what no event tells.
[[nodiscard]] bool eventually(const std::function<bool()>& happened, std::chrono::nanoseconds limit = soon);
[[nodiscard]] Launch with_worker(Launch launch, const std::vector<std::string>& commands);

}  // namespace harness
