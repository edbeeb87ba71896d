// How ranks ended, in the words of those who started them: torchrun's summary, srun's "task 3: Killed", the banners of
// MPI's launchers, this program's own failure block, a shell's "Segmentation fault (core dumped)". Fed with all lines
// of a log in their order, without prefixes; says of each line whose words it is. Pure.
#pragma once

#include "gpulaunch/diagnosis/case_file.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// One end, of whom a launcher tells. Without rank and process it is the end of whoever wrote the line.
struct LogEnd {
  std::optional<int> rank{};
  std::optional<int> pid{};
  std::optional<Outcome> outcome{};
  Fate fate = Fate::failed;
  std::optional<Nanos> at{};  // since the epoch
  bool called_first = false;  // the launcher takes it for the first failure, which is a hint and no proof
  std::string place{};        // the prefix under which the line stood
};

struct LogEnds {
  std::vector<LogEnd> ends;                // in the order of the log
  std::set<int> stopped_pids;              // processes that the launcher says it sent a signal to
  std::map<int, ErrorRecord> errors;       // error files that a summary quotes, by rank
  std::map<int, std::size_t> world_sizes;  // sizes that were named, and how often
  std::vector<Fact> facts;
  bool cancelled = false;  // a job step was cancelled: what ends by SIGTERM or SIGKILL after that was stopped
  bool timed_out = false;
};

// Whose words a line is.
struct LineOwner {
  bool launchers = false;    // none of the ranks'
  std::vector<int> ranks{};  // whom it speaks of, where it is the launcher's
  std::string_view text{};   // what the rank said, where the launcher quotes it; else the line
};

class EndReader {
 public:
  EndReader();
  EndReader(EndReader&&) noexcept;
  EndReader& operator=(EndReader&&) noexcept;
  EndReader(const EndReader&) = delete;  // holds compiled patterns
  EndReader& operator=(const EndReader&) = delete;
  ~EndReader();

  // `place`: the prefix under which the line stood.
  [[nodiscard]] LineOwner read(std::string_view line, std::string_view place);
  // Another log begins: messages of several lines end with theirs.
  void new_log();
  [[nodiscard]] LogEnds take() &&;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "0-2,5", "0-2, 5", "[0-2,5]": at most 65,536 ranks of it, none where it is no such list.
[[nodiscard]] std::vector<int> ranks_in(std::string_view text);

}  // namespace gpulaunch
