#include "gpulaunch/diagnosis/collectives.hpp"

#include "catch.hpp"

using namespace gpulaunch;

TEST_CASE("a watchdog's time-out tells the collective, its group and how far the rank got") {
  const auto waiting = waiting_of(
      {"noise",
       "[rank0]:[E ProcessGroupNCCL.cpp:616] [Rank 0] Watchdog caught collective operation timeout: "
       "WorkNCCL(SeqNum=4410, "
       "OpType=ALLREDUCE, NumelIn=9, NumelOut=9, Timeout(ms)=600000) ran for 600020 milliseconds before timing out.",
       "[rank0]:[E ProcessGroupNCCL.cpp:1785] [PG ID 2 PG GUID 2(mesh_tp) Rank 0] Exception detected by watchdog at "
       "work: 4410, "
       "last enqueued NCCL work: 4412, last completed NCCL work: 4409."});
  REQUIRE(waiting);
  CHECK(waiting->line == 1);
  CHECK(waiting->sequence == 4410);
  CHECK(waiting->operation == "ALLREDUCE");
  CHECK(waiting->group == "2");
  CHECK(waiting->enqueued == 4412);
  CHECK(waiting->accused.empty());
}

TEST_CASE("ranks that the words name are accused") {
  CHECK(waiting_of({"RuntimeError: Rank 2 failed to pass monitoredBarrier in 30000 ms"})->accused == std::set<int>{2});
  CHECK(waiting_of({"Ranks 1, 3 failed to pass monitoredBarrier in 30000 ms"})->accused == std::set<int>{1, 3});
  CHECK(waiting_of(
            {"[4] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key "
             "'0', but store->get('0') got error: Socket Timeout"})
            ->accused == std::set<int>{0});
  CHECK(waiting_of({"UNAVAILABLE: Task /job:jax_worker/replica:0/task:3 heartbeat timeout."})->accused ==
        std::set<int>{3});
  CHECK(waiting_of({"DEADLINE_EXCEEDED: Barrier timed out. Timed out task names:", "/job:jax_worker/replica:0/task:1",
                    "/job:jax_worker/replica:0/task:5"})
            ->accused == std::set<int>{1, 5});
}

TEST_CASE("a rank that tells of no time-out did not wait") {
  CHECK_FALSE(waiting_of({}));
  CHECK_FALSE(waiting_of({"SeqNum=3 OpType=ALLREDUCE", "last enqueued NCCL work: 4", "Connection closed by peer"}));
}

TEST_CASE("numbers beyond all bounds are no number") {
  const auto waiting =
      waiting_of({"Watchdog caught collective operation timeout: WorkNCCL(SeqNum=99999999999999999999999)"});
  REQUIRE(waiting);
  CHECK_FALSE(waiting->sequence);
}

TEST_CASE("a text may tell that another rank failed") {
  CHECK(rank_told_of("RemoteRankError: rank 3 failed: out of memory") == 3);
  CHECK(rank_told_of("[supervisor] error report from rank 12 received") == 12);
  CHECK(rank_told_of("Exception on Rank 0") == 0);
  CHECK_FALSE(rank_told_of("[Rank 2] Watchdog caught collective operation timeout"));
  CHECK_FALSE(rank_told_of("rank 2 of 8 is ready"));
  CHECK_FALSE(rank_told_of("rank 99999999999999 failed"));
  CHECK_FALSE(rank_told_of("exception on local rank 1"));
}
