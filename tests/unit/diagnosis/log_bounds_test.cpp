// Whatever a log holds, and however long it is: no crash, and no more memory than the limits say.
#include "catch.hpp"
#include "gpulaunch/diagnosis/logs/kept_lines.hpp"
#include "log_case_support.hpp"

#include <random>

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

constexpr std::size_t kept_of_stream = 3 * 64 * 1024;

// Bits and pieces of what launchers print, in any order.
std::string random_log(std::mt19937& random) {
  static const std::vector<std::string> pieces{"[rank3]: ",
                                               "[",
                                               "]",
                                               "(pid=",
                                               "0: ",
                                               "\n",
                                               "\r",
                                               "\t",
                                               "gpulaunch: rank 1 exited with code ",
                                               "99999999999",
                                               "-",
                                               "  exitcode  : -9 (pid: 1)",
                                               "Root Cause:\n",
                                               "====================\n",
                                               "\xff\xfe",
                                               std::string(1, '\0'),
                                               "\x1b[",
                                               "2026-13-45T99:99:99Z ",
                                               "12:05:40 ",
                                               "srun: error: n: tasks 0-99999999: Killed\n",
                                               "nranks 99999999",
                                               "Traceback (most recent call last):\n",
                                               "  stopped by gpulaunch: ranks 5-1, -3 (SIGTERM)",
                                               "-- Process 1 terminated with the following error:\n",
                                               "[0-9,4] "};
  std::string text;
  for (int i = 0; i < 200; ++i) {
    if (random() % 3 == 0)
      text += static_cast<char>(random() % 256);
    else
      text += pieces[random() % pieces.size()];
  }
  return text;
}

}  // namespace

TEST_CASE("no bytes crash the reader of logs") {
  std::mt19937 random(20261122);
  for (int i = 0; i < 60; ++i) {
    const auto logs = read(random_log(random));
    CHECK(logs.file.ranks.size() <= 65536 + 1);
  }
}

TEST_CASE("how a log is cut into pieces makes no difference") {
  const auto text = log_text("torchrun_oom.log");
  LogReader reader;
  reader.open("job.log", {});
  for (const char byte : text) reader.survey({&byte, 1});
  for (const char byte : text) reader.feed({&byte, 1});
  const auto bytewise = std::move(reader).finish();
  CHECK(ranks_of(bytewise) == ranks_of(read(text)));
  CHECK(said(bytewise, 1) == said(read(text), 1));
}

TEST_CASE("of fifty megabytes only beginning, errors and end are kept") {
  LogReader reader;
  reader.open("job.log", {});
  std::string chunk;
  for (int line = 0; line < 1000; ++line)
    chunk += "[rank" + std::to_string(line % 4) + "]: step " + std::string(40, 'x') + "\n";
  const int chunks = static_cast<int>(50'000'000 / chunk.size()) + 1;
  reader.survey(chunk);
  for (int i = 0; i < chunks; ++i) {
    if (i == chunks / 2) reader.feed("[rank2]: ValueError: in the middle\n");
    reader.feed(chunk);
    REQUIRE(reader.bytes_kept() <= 4 * kept_of_stream);
  }
  reader.feed("[rank1]: the end\n");
  const auto logs = std::move(reader).finish();
  CHECK(said(logs, 2).find("ValueError: in the middle") != std::string::npos);
  CHECK(said(logs, 1).ends_with("the end"));
}

TEST_CASE("names without end take no memory without end") {
  LogReader reader;
  reader.open("job.log", {});
  const std::string first = "[rank0]: x\n";
  reader.survey(first);
  for (int rank = 0; rank < 100000; ++rank) reader.feed("[rank" + std::to_string(rank) + "]: hello\n");
  CHECK(reader.bytes_kept() < 16UL * 1024 * 1024);
}

TEST_CASE("one line without an end is cut") {
  const auto logs = read(std::string(1'000'000, 'x'));
  REQUIRE(logs.file.ranks.size() == 1);
  CHECK(logs.file.ranks.front().err.front().text.size() <= 4096);
}

TEST_CASE("errors in the middle are kept with what stands around them, up to a number") {
  KeptLines kept({.head = 200, .errors = 100'000, .tail = 200, .error_lines = 5, .line = 100});
  for (std::uint64_t i = 0; i < 10'000; ++i) kept.add(i, i % 100 == 50 ? "an Error" : "fine " + std::to_string(i), {});
  const auto lines = std::move(kept).take();
  const auto errors =
      std::count_if(lines.begin(), lines.end(), [](const auto& one) { return one.line.text == "an Error"; });
  CHECK(errors >= 5);
  CHECK(errors <= 7);
  const auto has = [&](std::uint64_t number) {
    return std::any_of(lines.begin(), lines.end(), [&](const auto& one) { return one.number == number; });
  };
  CHECK(has(0));
  CHECK(has(149));  // before an error
  CHECK(has(151));  // after one
  CHECK_FALSE(has(120));
  CHECK(has(9'999));
}
