// Spawn storms: programs that start processes without end, mostly because a script is imported or started again by each
// of its own children. Three kinds can be told from a healthy program:
//
//   growth      more processes of one rank at once than allowed
//   recursion   a chain of descendants that all executed the same command (numbers aside), ever deeper
//   respawning  many short-lived processes of one command, one after the other, that fail with one and the same error
//
// Forks are no recursion, however deep: only what was executed anew counts. Short-lived processes alone are no storm,
// nor are workers that are forked anew for each epoch: they must be seen to fail. StormJudge is given who is there from
// time to time, and asks for what costs more to find out only when it is about to matter.
#pragma once

#include "gpulaunch/base/clock.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gpulaunch {

enum class StormKind { growth, recursion, respawning };

struct Storm {
  StormKind kind = StormKind::growth;
  std::optional<int> rank;  // none: processes that no rank can be named for
  int count = 0;            // growth: processes at once; recursion: levels; respawning: processes that came and went
  std::string command;      // recursion, respawning: what is started again and again
  std::string error;        // respawning: what it fails with; empty where nobody can read it
};

// One process of the job, as it was seen.
struct StormProcess {
  int pid = 0;
  int parent = 0;
  std::uint64_t start_time = 0;  // with the pid, the name of one process
  bool dead = false;             // a zombie
  int rank = -1;                 // index into Plan::ranks; -1: unknown
};

struct StormLimits {
  int processes = 1024;
  int depth = 16;
  int respawns = 300;        // within the window; sampling misses some, so that the true number is higher
  int worker_respawns = 50;  // the same for multiprocessing's own children, which never end for a good reason so soon
  int worker_failures = 3;   // of those, seen to have failed: a dead one is there for a moment only
  Nanos window = std::chrono::minutes(1);
  Nanos short_life = std::chrono::seconds(20);
};

// What the judge asks about.
class StormEvidence {
 public:
  virtual ~StormEvidence() = default;
  // Its words with blanks between them; empty where that cannot be known.
  [[nodiscard]] virtual std::string command_of(int pid) = 0;
  // Where its first stack begins: another place than its parent's after each exec. 0 where that cannot be known.
  [[nodiscard]] virtual std::uint64_t stack_of(int pid) = 0;
  // Of a dead one: it exited on its own, and not with 0. False too where that cannot be known.
  [[nodiscard]] virtual bool has_failed(int pid) = 0;
  // An error that nobody caught and that the rank's last output shows again and again.
  [[nodiscard]] virtual std::optional<std::string> repeated_error(int rank) = 0;
};

class StormJudge {
 public:
  explicit StormJudge(StormLimits limits) : limits_(limits) {}

  // `processes`: everyone of the job, parents before children.
  [[nodiscard]] std::optional<Storm> judge(const std::vector<StormProcess>& processes, StormEvidence& evidence,
                                           Mono at);

 private:
  using GroupKey = std::pair<int, std::string>;  // rank, shape of the command
  struct Group {
    std::string command;        // one of them, as it was
    std::deque<Mono> ends;      // of short-lived processes
    std::deque<Mono> failures;  // of those that were seen dead, and failed
  };
  struct Known {
    std::uint64_t start_time = 0;
    Mono first_seen;
    Group* group = nullptr;  // none: its command could not be read
    bool end_seen = false;
  };
  using Processes = std::vector<StormProcess>;

  [[nodiscard]] std::optional<Storm> growth(const Processes& processes) const;
  [[nodiscard]] std::optional<Storm> recursion(const Processes& processes, StormEvidence& evidence) const;
  [[nodiscard]] std::optional<Storm> respawning(StormEvidence& evidence);

  [[nodiscard]] Group* group_of(const StormProcess& process, StormEvidence& evidence);
  void note_newcomers(const Processes& processes, StormEvidence& evidence, Mono at);
  void note_ends(const std::unordered_map<int, Known>& before, Mono at) const;
  void forget_before(Mono oldest);

  StormLimits limits_;
  std::unordered_map<int, Known> known_;
  std::map<GroupKey, Group> groups_;  // a node stays where it is while others come and go
};

// A command with its digits dropped: those of ports, descriptors and levels change from one start to the next.
[[nodiscard]] std::string command_shape(std::string_view command);

}  // namespace gpulaunch
