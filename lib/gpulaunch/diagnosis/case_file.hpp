// Everything that is known about a job that went wrong, as a value: what verdict.hpp decides from. The supervisor fills
// it from what it saw; `gpulaunch explain` fills it from saved logs, where ends and times may be missing.
#pragma once

#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/base/outcome.hpp"
#include "gpulaunch/diagnosis/error_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace gpulaunch {

// One line that a rank wrote, without its end and without the launcher's label.
struct CaseLine {
  std::string text;
  std::optional<Nanos> at;  // when it was read, since the start of the attempt; unknown for most lines
};

// What became of a rank, as far as blame goes.
enum class Fate {
  finished,  // exited 0
  failed,    // ended badly without our doing
  stopped,   // by the launcher, after something else had gone wrong
  running,   // has not ended: a hang
  unknown,   // a saved log does not say
};

struct RankAccount {
  int rank = 0;
  Fate fate = Fate::unknown;
  std::optional<Outcome> outcome;
  std::optional<Nanos> ended;  // since the start of the attempt
  // What was kept of its output, oldest first: the beginning, lines that look like errors, the end.
  std::vector<CaseLine> err;
  std::vector<CaseLine> out;
  std::optional<ErrorRecord> error;      // its error file
  std::optional<Nanos> last_output;      // since the start of the attempt; none: never
  std::optional<Nanos> last_progress;    // likewise, of a rank that hangs: what --progress-regex and beats count
  std::optional<int> killed_by_outside;  // a signal that somebody else than this launcher sent
};

// One thing that was looked up outside of the output, with the sentence that the report shows as evidence:
// {"oom-kill", none, "the kernel killed 1 process of the job's cgroup for lack of memory"}. Signatures name facts by
// `name`; fact_names.hpp lists those that there are.
struct Fact {
  std::string name;
  std::optional<int> rank;  // none: of the machine or the whole job
  std::string sentence;
};

// What a look at the ranks of a job that hangs has shown, in words for the report.
struct HangView {
  std::vector<int> laggards{};  // whom the others wait for; none: nobody is late
  bool sure = false;            // it was seen where they stand, not only who is busy
  std::string cause{};
  std::string fix{};
  std::string shown{};  // what shows it; may be empty
};

struct CaseFile {
  std::vector<RankAccount> ranks;  // by rank
  std::vector<Fact> facts;
  std::optional<HangView> view;  // of a hang
  int world_size = 0;  // ranks of the whole job; more than ranks.size() where some are elsewhere or left no log
  bool hung = false;   // the launcher or the ranks say that nothing moves any more
  bool timed_out = false;
};

}  // namespace gpulaunch
