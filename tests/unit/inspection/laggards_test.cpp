#include "gpulaunch/inspection/laggards.hpp"

#include "catch.hpp"
#include "gpulaunch/inspection/rank_place.hpp"

namespace gpulaunch::testing {
namespace {

using Ints = std::vector<int>;
using Stack = std::vector<std::string>;

const Stack in_all_reduce{"torch/distributed/distributed_c10d.py:2501 in all_reduce",
                          "torch/distributed/c10d_logger.py:81 in wrapper", "train.py:88 in step"};
const Stack in_barrier{"torch/distributed/distributed_c10d.py:4159 in barrier",
                       "torch/distributed/c10d_logger.py:81 in wrapper", "train.py:90 in step"};
const Stack in_loader{"data.py:12 in load", "train.py:31 in step"};

RankFindings spinning() { return {.state = 'R', .busy = 1.0}; }
RankFindings sleeping(std::string waits_in = "futex_wait_queue") {
  return {.state = 'S', .waits_in = std::move(waits_in)};
}
RankFindings at(Stack python) { return {.state = 'R', .busy = 1.0, .python_stack = std::move(python)}; }
RankFindings natively_at(Stack native) { return {.state = 'R', .busy = 1.0, .native_stack = std::move(native)}; }

// Rank n has the pid 480 + n.
Findings named(std::vector<RankFindings> ranks, std::vector<std::string> nccl = {}) {
  Findings findings{.ranks = std::move(ranks), .nccl = std::move(nccl)};
  for (std::size_t place = 0; place < findings.ranks.size(); ++place) {
    findings.ranks[place].rank = static_cast<int>(place);
    findings.ranks[place].pid = static_cast<pid_t>(480 + place);
  }
  name_laggards(findings);
  CHECK(findings.laggards.empty() == findings.laggard_reason.empty());
  return findings;
}

TEST_CASE("without any rank nobody is named") { CHECK(named({}).laggards.empty()); }

TEST_CASE("a single rank waits for nobody that we know") {
  CHECK(named({sleeping()}).laggards.empty());
  CHECK(named({{.state = 'T'}}).laggards.empty());
}

TEST_CASE("ranks that all wait alike are told from one that hangs while others wait") {
  CHECK(named({at(in_all_reduce), at(in_all_reduce), at(in_all_reduce)}).laggards.empty());
  CHECK(named({at(in_all_reduce), at(in_loader), at(in_all_reduce)}).laggards == Ints{1});
}

TEST_CASE("the reason says where the one is and where the others wait") {
  CHECK(named({at(in_all_reduce), at(in_loader), at(in_all_reduce)}).laggard_reason ==
        "rank 1 is in load (data.py:12) while the others wait in all_reduce (train.py:88)");
}

TEST_CASE("of two ranks the one that is elsewhere is named") {
  CHECK(named({at(in_loader), at(in_all_reduce)}).laggards == Ints{0});
}

TEST_CASE("several ranks that are elsewhere are named while they are the fewer") {
  CHECK(named({at(in_loader), at(in_loader), at(in_barrier), at(in_barrier), at(in_barrier)}).laggards == Ints{0, 1});
  CHECK(named({at(in_loader), at(in_loader), at(in_barrier), at(in_barrier)}).laggards.empty());
}

TEST_CASE("nobody is named while one rank's place is unknown") {
  CHECK(named({at(in_all_reduce), at(in_loader), spinning()}).laggards.empty());
}

TEST_CASE("nobody is named where no rank is seen to wait for others") {
  CHECK(named({at(in_loader), at({"train.py:7 in step"}), at({"train.py:8 in step"})}).laggards.empty());
}

TEST_CASE("a rank that waits for the GPU by its native stack waits") {
  auto one = at({"train.py:90 in step"});
  one.native_stack = {"sched_yield (libc.so.6)", "cudaStreamSynchronize (libcudart.so.12)"};
  CHECK(named({one, at(in_barrier), at(in_barrier)}).laggards.empty());
}

TEST_CASE("native stacks speak for ranks of the same kind") {
  const auto waiting = natively_at({"ncclGroupEnd (libnccl.so.2)", "main (train.cu:12)"});
  auto stuck = sleeping("pipe_read");
  stuck.native_stack = {"read (libc.so.6)", "load (data.cu:3)"};
  CHECK(named({waiting, spinning(), stuck, spinning()}).laggards == Ints{2});
}

TEST_CASE("one rank in another collective operation than the others is named") {
  const auto findings = named({at(in_all_reduce), at(in_all_reduce), at(in_barrier)});
  CHECK(findings.laggards == Ints{2});
  CHECK_THAT(findings.laggard_reason, Catch::Contains("barrier (train.py:90)") && Catch::Contains("all_reduce"));
}

TEST_CASE("of two ranks in different collective operations neither is named") {
  CHECK(named({at(in_all_reduce), at(in_barrier)}).laggards.empty());
}

TEST_CASE("the same collective operation at another line names nobody") {
  auto other_line = in_all_reduce;
  other_line.back() = "train.py:99 in step";
  CHECK(named({at(in_all_reduce), at(in_all_reduce), at(other_line)}).laggards.empty());
}

TEST_CASE("a rank that only waits for the GPU is not called the odd one") {
  auto on_gpu = at({"torch/cuda/__init__.py:954 in synchronize", "train.py:95 in step"});
  CHECK(named({at(in_all_reduce), at(in_all_reduce), on_gpu}).laggards.empty());
}

TEST_CASE("a stopped rank is named before everything else") {
  const auto findings = named({at(in_all_reduce), {.state = 'T'}, at(in_all_reduce)});
  CHECK(findings.laggards == Ints{1});
  CHECK_THAT(findings.laggard_reason, Catch::Contains("rank 1 is stopped by a signal"));
}

TEST_CASE("where all ranks are stopped nobody is named") {
  CHECK(named({{.state = 'T'}, {.state = 'T'}}).laggards.empty());
}

TEST_CASE("a rank that is stuck in the kernel is named, with the place") {
  const auto findings = named({sleeping(), {.state = 'D', .waits_in = "nfs_wait"}, sleeping()});
  CHECK(findings.laggards == Ints{1});
  CHECK_THAT(findings.laggard_reason, Catch::Contains("nfs_wait"));
}

TEST_CASE("a rank that sleeps while all others spin is named") {
  const auto findings = named({spinning(), spinning(), sleeping("pipe_read")});
  CHECK(findings.laggards == Ints{2});
  CHECK_THAT(findings.laggard_reason, Catch::Contains("asleep in pipe_read"));
}

TEST_CASE("a rank that runs while all others sleep alike is named") {
  CHECK(named({spinning(), sleeping(), sleeping()}).laggards == Ints{0});
  CHECK(named({spinning(), sleeping("a"), sleeping("b")}).laggards.empty());
}

TEST_CASE("of two ranks, load alone does not say which one waits") {
  CHECK(named({spinning(), sleeping()}).laggards.empty());
}

TEST_CASE("a rank that sleeps where stacks show all waiting alike is not named") {
  auto asleep = sleeping();
  asleep.python_stack = in_all_reduce;
  CHECK(named({at(in_all_reduce), at(in_all_reduce), asleep}).laggards.empty());
}

TEST_CASE("ranks that all sleep alike name nobody") {
  CHECK(named({sleeping(), sleeping(), sleeping()}).laggards.empty());
}

const std::vector<std::string> rank_2_behind{
    "  Communicator ranks have different AllReduce operation counts", "  3 ranks have launched up to operation 5",
    "  Rank 0 has launched up to operation 4 -- GPU 0 managed by process 482 on node 10.0.0.1"};

TEST_CASE("a rank that NCCL counts fewer operations of is named by its process, not by NCCL's number") {
  const auto findings = named({spinning(), spinning(), spinning(), spinning()}, rank_2_behind);
  CHECK(findings.laggards == Ints{2});
  CHECK_THAT(findings.laggard_reason, Catch::Contains("rank 2 has launched fewer NCCL operations"));
}

TEST_CASE("NCCL's word stands before stacks") {
  CHECK(named({at(in_loader), at(in_all_reduce), at(in_all_reduce), at(in_all_reduce)}, rank_2_behind).laggards ==
        Ints{2});
}

TEST_CASE("a process of NCCL's that is none of our ranks names nobody") {
  CHECK(named({spinning(), spinning()}, {"  Missing communicator data from 1 rank", "  Process 999 on node 10.0.0.2"})
            .laggards.empty());
}

TEST_CASE("a common name counts as waiting for others only in a library for that") {
  CHECK(waits_for_others("torch/cuda/__init__.py:954 in synchronize"));
  CHECK(waits_for_others("torch/distributed/distributed_c10d.py:2501 in broadcast"));
  CHECK(waits_for_others("collectives.py:3 in all_reduce"));
  CHECK_FALSE(waits_for_others("threading.py:320 in wait"));
  CHECK_FALSE(waits_for_others("client.py:3 in send"));
  CHECK_FALSE(waits_for_others("train.py:3 in broadcast"));
  CHECK_FALSE(waits_for_others(""));
}

TEST_CASE("native functions of communication libraries count as waiting for others") {
  CHECK(waits_for_others("ncclGroupEnd (libnccl.so.2)"));
  CHECK(waits_for_others("gloo::transport::tcp::UnboundBuffer::waitRecv (libtorch_cpu.so)"));
  CHECK(waits_for_others("PMPI_Allreduce (libmpi.so.40)"));
  CHECK_FALSE(waits_for_others("pause (libc.so.6)"));
}

}  // namespace
}  // namespace gpulaunch::testing
