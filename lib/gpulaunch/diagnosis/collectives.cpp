#include "gpulaunch/diagnosis/collectives.hpp"

#include "gpulaunch/diagnosis/matching/matcher.hpp"

#include <array>
#include <memory>
#include <re2/re2.h>

namespace gpulaunch {
namespace {

using re2::RE2;

const RE2& timed_out() {
  static const RE2 pattern(
      R"(Watchdog caught collective operation timeout|Timed out waiting \d+ ?ms for|timed out in call to wait|)"
      R"(wait timeout after \d+ ?ms|[Ss]tore based barrier on rank|failed to pass monitoredBarrier|Socket Timeout|)"
      R"(seconds waiting for clients|Barrier timed out|GetKeyValue\(\) timed out|heartbeat timeout|)"
      R"(Timed out initializing process group|[Cc]ollective operation timed? ?out|Timeout at NCCL work|)"
      R"(may be stuck\. Expected \d+ threads|Received a dump signal due to a collective timeout|)"
      R"(Received a global timeout|tasks are unhealthy)",
      RE2::Latin1);
  return pattern;
}

struct Reading {
  RE2 group{R"(PG (?:GUID|ID) ([\w()]+))", RE2::Latin1};
  RE2 sequence{R"(SeqNum=(\d+))", RE2::Latin1};
  RE2 operation{R"(OpType=(\w+))", RE2::Latin1};
  RE2 enqueued{R"((?i)last enqueued (?:NCCL )?work: (-?\d+))", RE2::Latin1};
  // The rank that the words name: monitoredBarrier, the one with the unique id, JAX's tasks.
  std::array<std::unique_ptr<RE2>, 5> accusations{
      std::make_unique<RE2>(R"([Rr]anks? (\d+) failed to pass monitoredBarrier)", RE2::Latin1),
      std::make_unique<RE2>(R"([Rr]anks (\d+(?:, \d+)*) failed to pass monitoredBarrier)", RE2::Latin1),
      std::make_unique<RE2>(R"(ncclUniqueId from \[(\d+)\] via c10d)", RE2::Latin1),
      std::make_unique<RE2>(R"([Tt]ask /job:\w+/replica:\d+/task:(\d+) (?:heartbeat timeout|has been set to ERROR))",
                            RE2::Latin1),
      std::make_unique<RE2>(R"(Timed out task names:.*/task:(\d+))", RE2::Latin1)};
};

void read_number(const std::string& text, const RE2& pattern, std::optional<long long>& number) {
  long long value = 0;
  if (!number && RE2::PartialMatch(text, pattern, &value)) number = value;
}

void read_accused(const std::string& text, const Reading& reading, std::set<int>& accused) {
  static const RE2 number("(\\d+)");
  for (const auto& pattern : reading.accusations) {
    std::string ranks;
    if (!RE2::PartialMatch(text, *pattern, &ranks)) continue;
    re2::StringPiece rest(ranks);
    for (int rank = 0; RE2::FindAndConsume(&rest, number, &rank);) accused.insert(rank);
  }
}

void read_task_list(const std::string& text, bool listing, std::set<int>& accused) {
  static const RE2 task(R"(^\s*/job:\w+/replica:\d+/task:(\d+))", RE2::Latin1);
  int rank = 0;
  if (listing && RE2::PartialMatch(text, task, &rank)) accused.insert(rank);
}

}  // namespace

std::optional<Waiting> waiting_of(const std::vector<std::string_view>& lines) {
  static const Reading reading;
  std::optional<Waiting> waiting;
  bool listing = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto text = matchable(lines[i], 1024);
    if (!waiting && RE2::PartialMatch(text, timed_out())) waiting.emplace().line = i;
    if (!waiting) continue;
    if (waiting->group.empty()) RE2::PartialMatch(text, reading.group, &waiting->group);
    if (waiting->operation.empty()) RE2::PartialMatch(text, reading.operation, &waiting->operation);
    read_number(text, reading.sequence, waiting->sequence);
    read_number(text, reading.enqueued, waiting->enqueued);
    read_accused(text, reading, waiting->accused);
    read_task_list(text, listing, waiting->accused);
    listing = listing || text.find("Timed out task names") != std::string::npos ||
              text.find("tasks are unhealthy") != std::string::npos;
  }
  return waiting;
}

std::optional<int> rank_told_of(std::string_view text) {
  static const RE2 told(
      R"((?i)\brank ?[:#]?(\d{1,6})[\])]?:? (?:has |had |was |is )?(?:failed|raised|died|crashed|threw|dead|lost)\b|)"
      R"(\brank ?[:#]?(\d{1,6})[\])]?:? reported\b.*(?:error|exception|fail|fatal|out of memory|abort|kill)|)"
      R"(\b(?:error|exception|failure|traceback|errors)\b(?: \w+)? (?:from|in|on|of) rank ?[:#]?(\d{1,6})\b)",
      RE2::Latin1);
  if (text.find("ank") == std::string_view::npos && text.find("ANK") == std::string_view::npos)
    return std::nullopt;  // most lines, at no cost
  // A number within a host is another one in the job.
  if (text.find("ocal rank") != std::string_view::npos || text.find("ocal_rank") != std::string_view::npos)
    return std::nullopt;
  std::array<std::string, 3> found;
  if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), told, &found[0], &found[1], &found[2]))
    return std::nullopt;
  return std::stoi(found[0] + found[1] + found[2]);  // one of them is not empty
}

}  // namespace gpulaunch
