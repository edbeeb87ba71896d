// The sentences that reports share, made from the record of a finished job: what happened, in one line, and what the
// rank that it happened to said about it. Pure but for read_testimony(), which reads that rank's error file.
#pragma once

#include "gpulaunch/diagnosis/error_file.hpp"
#include "gpulaunch/report/job_record.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpulaunch {

// What people get to see of one line; a rank's line may be longer than any screen.
inline constexpr std::size_t shown_columns = 200;

// "rank 2", "ranks 0-2, 4-7", or "the command" where one is guarded; by the number that the rank has in the job.
// `ranks` are indices into the plan.
[[nodiscard]] std::string rank_names(const JobRecord& record, std::span<const int> ranks);
[[nodiscard]] std::string rank_name(const JobRecord& record, int rank);
// " (SIGTERM, SIGKILL)": what we sent to a rank; empty where we sent nothing.
[[nodiscard]] std::string signals_text(const RankRecord& rank);

// "rank 2 exited with code 7", "all 8 ranks exited with code 1", "timed out after 10s; ranks still running: 0-3",
// "cannot start rank 0: program not found: trian (searched /bin)", "told to stop by SIGTERM", "rank 2 was stopped: it
// starts itself again and again, 16 deep: `python3 train.py`". `timeout`: as asked for.
[[nodiscard]] std::string headline(const JobRecord& record, std::optional<Nanos> timeout);
// The same for an attempt that failed while the job goes on.
[[nodiscard]] std::string attempt_headline(const JobRecord& record);

// The rank that a report quotes: the culprit, or the first that was still running at a timeout.
[[nodiscard]] std::optional<int> quoted_rank(const JobRecord& record);

// What a rank left behind about its end.
struct LastWords {
  std::optional<ErrorRecord> error;  // its framework's error file
  std::string_view stream;           // "stderr" or "stdout", where `lines` come from
  std::vector<std::string> lines;    // its last ones, made printable, without blank lines around them
};
[[nodiscard]] LastWords read_testimony(const JobRecord& record, int rank, std::size_t lines);

// The last `count` lines of a text, made printable, without blank lines around them.
[[nodiscard]] std::vector<std::string> last_lines(const std::vector<std::string>& lines, std::size_t count);
[[nodiscard]] std::vector<std::string> split_lines(std::string_view text);

}  // namespace gpulaunch
