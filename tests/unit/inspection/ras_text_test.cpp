#include "gpulaunch/inspection/ras_text.hpp"

#include "catch.hpp"

namespace gpulaunch::testing {
namespace {

using Lines = std::vector<std::string>;
using Pids = std::vector<pid_t>;

constexpr auto healthy =
    "NCCL version 2.27.5\n\nJob summary\n===========\n\n  Nodes  Processes\n      1          8\n\n"
    "Communicators... (0.00s)\n=============\n\nGroup     Comms\n    0         1  RUNNING      OK\n\n"
    "Errors\n======\n\nWarnings\n========\n\n";

constexpr auto unhealthy =
    "Communicators... (1.01s)\n=============\n\n    0         1  RUNNING  INCOMPLETE\n\n"
    "Errors\n======\n\n#0-0 (27a079b828ff1a75) INCOMPLETE\n  Missing communicator data from 1 rank\n"
    "  Rank 3 -- GPU 3 managed by process 483 on node 10.0.0.1\n\n"
    "Warnings\n========\n\nTIMEOUT\n  Encountered 1 communication timeout while gathering communicator data\n\n";

TEST_CASE("of a healthy job RAS says nothing that matters") { CHECK(ras_lines(healthy).empty()); }

TEST_CASE("errors and warnings matter, headings and blanks do not") {
  CHECK(ras_lines(unhealthy) == Lines{"#0-0 (27a079b828ff1a75) INCOMPLETE", "  Missing communicator data from 1 rank",
                                      "  Rank 3 -- GPU 3 managed by process 483 on node 10.0.0.1", "TIMEOUT",
                                      "  Encountered 1 communication timeout while gathering communicator data"});
}

TEST_CASE("a status of thousands of lines is cut") {
  std::string text = "Errors\n======\n";
  for (int line = 0; line < 5000; ++line) text += "#0-0 ERROR\n";
  CHECK(ras_lines(text).size() == 40);
}

TEST_CASE("garbage instead of a status says nothing") {
  CHECK(ras_lines("").empty());
  CHECK(ras_lines("\n\n====\n=\n").empty());
  CHECK(ras_lines("HTTP/1.1 400 Bad Request\r\n\r\n").empty());
}

TEST_CASE("a rank without an answer is missing") {
  const auto suspects = ras_suspects(ras_lines(unhealthy));
  CHECK(suspects.missing == Pids{483});
  CHECK(suspects.behind.empty());
}

TEST_CASE("a process that is considered dead is missing") {
  CHECK(ras_suspects({"DEAD", "  1 job process is considered dead (unreachable via the RAS network)",
                      "  Process 483 on node 10.0.0.1 managing GPU 3"})
            .missing == Pids{483});
}

TEST_CASE("a rank that launched fewer operations is behind") {
  CHECK(ras_suspects({"#0-0 (27a079b828ff1a75) MISMATCH",
                      "  Communicator ranks have different AllReduce operation counts",
                      "  7 ranks have launched up to operation 6650",
                      "  Rank 3 has launched up to operation 6649 -- GPU 3 managed by process 483 on node 10.0.0.1"})
            .behind == Pids{483});
}

TEST_CASE("several ranks that launched none are behind") {
  CHECK(ras_suspects({"  Communicator ranks have different AllReduce operation counts",
                      "  6 ranks have launched up to operation 2", "  2 ranks have not launched any operations",
                      "  Rank 3 -- GPU 3 managed by process 483 on node 10.0.0.1",
                      "  Rank 5 -- GPU 5 managed by process 485 on node 10.0.0.1"})
            .behind == Pids{483, 485});
}

TEST_CASE("a rank that is ahead of the others is not behind") {
  CHECK(ras_suspects({"  Communicator ranks have different AllReduce operation counts",
                      "  7 ranks have launched up to operation 6649",
                      "  Rank 3 has launched up to operation 6650 -- GPU 3 managed by process 483 on node 10.0.0.1"})
            .behind.empty());
}

TEST_CASE("operation counts of two communicators are not compared with each other") {
  CHECK(ras_suspects({"  Communicator ranks have different AllReduce operation counts",
                      "  Rank 0 has launched up to operation 9 -- GPU 0 managed by process 480 on node 10.0.0.1",
                      "  7 ranks have launched up to operation 8", "#1-0 (27a079b828ff1a76) MISMATCH",
                      "  Communicator ranks have different Broadcast operation counts",
                      "  Rank 0 has launched up to operation 3 -- GPU 0 managed by process 480 on node 10.0.0.1",
                      "  7 ranks have launched up to operation 2"})
            .behind.empty());
}

TEST_CASE("a rank that reports an error is neither missing nor behind") {
  const auto suspects =
      ras_suspects({"#0-0 (27a079b828ff1a75) ERROR", "  Asynchronous error on 1 rank",
                    "  Rank 3 reported a remote error -- GPU 3 managed by process 483 on node 10.0.0.1"});
  CHECK(suspects.missing.empty());
  CHECK(suspects.behind.empty());
}

TEST_CASE("lines that make no sense name nobody") {
  const auto suspects = ras_suspects({"  Missing communicator data from 1 rank", "  process x", "  process -5",
                                      "  process 99999999999999999999", "  process 0", "  process 1"});
  CHECK(suspects.missing.empty());
}

}  // namespace
}  // namespace gpulaunch::testing
