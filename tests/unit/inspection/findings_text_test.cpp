#include "catch.hpp"
#include "gpulaunch/inspection/inspection.hpp"

namespace gpulaunch::testing {
namespace {

using Lines = std::vector<std::string>;

RankFindings waiting(int rank) {
  return {.rank = rank,
          .state = 'R',
          .busy = 1.02,
          .python_stack = {"torch/distributed/distributed_c10d.py:2501 in all_reduce", "train.py:88 in step"}};
}

Findings one_of_eight() {
  Findings findings;
  for (int rank = 0; rank < 8; ++rank) findings.ranks.push_back(waiting(rank));
  findings.ranks[1] = {.rank = 1,
                       .state = 'S',
                       .waits_in = "futex_wait_queue",
                       .python_stack = {"threading.py:320 in wait", "data.py:12 in load"}};
  findings.laggards = {1};
  findings.nccl = {"#0-0 (27a079b828ff1a75) MISMATCH"};
  findings.notes = {"gdb may not trace the ranks"};
  return findings;
}

TEST_CASE("alike ranks are said once, then the laggard's stack, NCCL's lines, and notes last") {
  CHECK(findings_text(one_of_eight(), 20) ==
        Lines{"ranks 0, 2-7: running, 1.0 cores busy, in all_reduce (train.py:88)",
              "rank 1: asleep in futex_wait_queue, in wait (data.py:12)", "  rank 1: threading.py:320 in wait",
              "  rank 1: data.py:12 in load", "NCCL: #0-0 (27a079b828ff1a75) MISMATCH", "gdb may not trace the ranks"});
}

TEST_CASE("no more lines come than were asked for, and the last says how many are missing") {
  const auto lines = findings_text(one_of_eight(), 3);
  REQUIRE(lines.size() == 3);
  CHECK(lines[2] == "… 4 more lines");
  CHECK(findings_text(one_of_eight(), 6).back() == "gdb may not trace the ranks");
  CHECK(findings_text(one_of_eight(), 1).size() == 1);
  CHECK(findings_text(one_of_eight(), 0).empty());
}

TEST_CASE("without findings there is nothing to say") { CHECK(findings_text({}, 20).empty()); }

TEST_CASE("each state has words of its own") {
  Findings findings;
  int number = 0;
  for (const char state : {'T', 't', 'D', 'Z', '?'}) findings.ranks.push_back({.rank = number++, .state = state});
  CHECK(findings_text(findings, 20) == Lines{"rank 0: stopped by a signal", "rank 1: stopped by a debugger",
                                             "rank 2: stuck in the kernel", "rank 3: its main thread has ended",
                                             "rank 4: gone"});
}

TEST_CASE("ranks that are alike but for how busy they are get the mean") {
  const Findings findings{.ranks = {{.rank = 0, .state = 'R', .busy = 0.9}, {.rank = 1, .state = 'R', .busy = 0.5}}};
  CHECK(findings_text(findings, 20) == Lines{"ranks 0-1: running, 0.7 cores busy"});
}

TEST_CASE("a rank whose helpers work while it sleeps is busy") {
  const Findings findings{.ranks = {{.rank = 0, .state = 'S', .busy = 2.0, .waits_in = "poll"}}};
  CHECK(findings_text(findings, 20) == Lines{"rank 0: asleep in poll, 2.0 cores busy"});
}

}  // namespace
}  // namespace gpulaunch::testing
