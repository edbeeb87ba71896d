// What the reader of logs has found, before it is decided who is who: lines by rank where they name one, and by place
// (a file, a host, an actor, a task) where they do not. log_case.hpp makes a case file of it.
#pragma once

#include "gpulaunch/diagnosis/logs/kept_lines.hpp"
#include "gpulaunch/diagnosis/logs/line_prefix.hpp"
#include "gpulaunch/diagnosis/logs/log_ends.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gpulaunch {

// Who wrote lines: both streams, of which most logs know but one.
class Speaker {
 public:
  explicit Speaker(const KeptLimits& limits) : err(limits), out(limits) {}

  void say(std::uint64_t number, std::string_view text, std::optional<Nanos> at, bool to_stdout);
  // The line that ends a traceback has shown that it was the launcher's own.
  void forget_traceback() { traceback_.clear(); }
  void finish();

  KeptLines err;
  KeptLines out;
  std::optional<Nanos> last_at;

 private:
  struct Held {
    std::uint64_t number;
    std::string text;
    std::optional<Nanos> at;
    bool to_stdout;
  };
  void keep(std::uint64_t number, std::string_view text, std::optional<Nanos> at, bool to_stdout);

  std::vector<Held> traceback_;  // of which it is not yet known whose it is
};

struct Place {
  std::size_t file = 0;
  std::string key;                 // the prefixes; empty: the file itself
  std::string label;               // what to call it: "node1", "WorkerDict (pid 17)"
  std::optional<PrefixForm> form;  // none: the file
  std::optional<int> number;       // that may be the rank's
  std::optional<int> pid;
  std::set<int> ranks;           // that were named by lines of this place
  std::optional<int> told_rank;  // that NCCL told of the process, within the largest communicator
  int told_size = 0;
  Speaker speaker;
};

struct LogFindings {
  std::vector<std::string> files;
  std::map<int, Speaker> ranks;
  std::vector<Place> places;
  std::map<int, int> rank_of_pid;
  std::map<int, ErrorRecord> errors;  // error files, by rank
  LogEnds ends;
  std::optional<Nanos> first_at;  // the earliest time of all lines
  bool dated = false;             // their times count from the epoch
};

}  // namespace gpulaunch
