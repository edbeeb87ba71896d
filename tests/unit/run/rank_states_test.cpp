#include "gpulaunch/run/rank_states.hpp"

#include "catch.hpp"

using namespace gpulaunch;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

RankView running(int rank, std::optional<Nanos> silent_for) { return {rank, {}, {}, silent_for}; }
RankView ended(int rank, Outcome outcome, Nanos ago) { return {rank, outcome, ago, {}}; }

}  // namespace

TEST_CASE("each rank has a line where there is room for all") {
  const std::vector<RankView> ranks{running(0, 1234ms), running(1, {}), ended(2, Outcome::exited(3), 61s)};
  CHECK(rank_state_lines(ranks, 3) == Lines{"rank 0: running, last output 1.2s ago", "rank 1: running, no output yet",
                                            "rank 2: exited with code 3, 1m1s ago"});
}

TEST_CASE("where there is no room, ranks in the same state share a line, and the silent one has its own") {
  std::vector<RankView> ranks;
  for (int rank = 0; rank < 64; ++rank) ranks.push_back(running(rank, rank == 31 ? Nanos(10min) : Nanos(rank * 10ms)));
  ranks.push_back(ended(64, Outcome::exited(0), 1s));
  ranks.push_back(ended(65, Outcome::exited(0), 2s));
  ranks.push_back(running(66, {}));
  ranks.push_back(running(67, {}));
  const auto lines = rank_state_lines(ranks, 12);
  CHECK(lines == Lines{"ranks 66-67: running, no output yet",
                       "ranks 0-30, 32-63: running, last output 0.0s to 0.6s ago",
                       "rank 31: running, last output 10m ago", "ranks 64-65: exited with code 0"});
}

TEST_CASE("never more lines than rows") {
  std::vector<RankView> ranks;
  for (int rank = 0; rank < 10; ++rank) ranks.push_back(ended(rank, Outcome::exited(rank), 1s));
  CHECK(rank_state_lines(ranks, 4).size() == 4);
  CHECK(rank_state_lines(ranks, 0).empty());
}
