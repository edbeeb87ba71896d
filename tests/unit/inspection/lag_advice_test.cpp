#include "gpulaunch/inspection/lag_advice.hpp"

#include "catch.hpp"
#include "gpulaunch/inspection/laggards.hpp"

namespace gpulaunch::testing {
namespace {

using Stack = std::vector<std::string>;

RankFindings standing_in(Stack python) { return {.state = 'S', .python_stack = std::move(python)}; }
RankFindings standing_in_barrier() {
  return standing_in({"torch/distributed/distributed_c10d.py:4159 in barrier", "train.py:90 in step"});
}
RankFindings standing_in_call() { return standing_in({"data.py:88 in tokenize", "train.py:31 in step"}); }

std::optional<LagAdvice> advice_on(std::vector<RankFindings> ranks, std::vector<std::string> nccl = {}) {
  Findings findings{.ranks = std::move(ranks), .nccl = std::move(nccl)};
  for (std::size_t place = 0; place < findings.ranks.size(); ++place) {
    findings.ranks[place].rank = static_cast<int>(place);
    findings.ranks[place].pid = static_cast<pid_t>(480 + place);
  }
  name_laggards(findings);
  return lag_advice(findings);
}

// The advice on rank 2, for which two others wait.
LagAdvice advice_on_one(RankFindings one) {
  const auto advice = advice_on({standing_in_barrier(), standing_in_barrier(), std::move(one)});
  REQUIRE(advice);
  CHECK(advice->ranks == std::vector<int>{2});
  CHECK(advice->sure);
  CHECK_FALSE(advice->fix.empty());
  return *advice;
}

TEST_CASE("where the findings show nothing there is no advice") {
  CHECK_FALSE(advice_on({}));
  CHECK_FALSE(advice_on({{.state = 'S'}, {.state = 'S'}}));
}

TEST_CASE("a rank in a call of its own is said to be there, and where the others wait for it") {
  const auto advice = advice_on_one(standing_in_call());
  CHECK(advice.cause == "Rank 2 is held up in tokenize (data.py:88); the others wait for it in barrier (train.py:90).");
  CHECK_THAT(advice.fix, Catch::Contains("in the same order"));
  CHECK(advice.shown == "rank 2 is in tokenize (data.py:88) while the others wait in barrier (train.py:90)");
}

TEST_CASE("what ranks are known to stand in for ever has a fix of its own") {
  const auto by = [](const char* frame) { return advice_on_one(standing_in({frame, "train.py:31 in step"})); };
  CHECK_THAT(by("torch/utils/data/dataloader.py:1114 in _try_get_data").cause, Catch::Contains("by its data loader"));
  CHECK_THAT(by("torch/utils/data/dataloader.py:1114 in _try_get_data").fix, Catch::Contains("num_workers=0"));
  CHECK_THAT(by("pdb.py:1779 in interaction").fix, Catch::Contains("breakpoint()"));
  CHECK_THAT(by("torch/utils/file_baton.py:49 in wait").fix, Catch::Contains("TORCH_EXTENSIONS_DIR"));
  CHECK_THAT(by("filelock/_api.py:225 in acquire").cause, Catch::Contains("lock file"));
  CHECK_THAT(by("threading.py:1583 in _shutdown").fix, Catch::Contains("daemon=True"));
  CHECK_THAT(by("subprocess.py:1264 in wait").cause, Catch::Contains("a program that it started"));
}

TEST_CASE("the innermost call that is known to last counts, also below library code") {
  const auto advice =
      advice_on_one(standing_in({"threading.py:320 in wait", "multiprocessing/queues.py:103 in get",
                                 "torch/utils/data/dataloader.py:1114 in _try_get_data", "train.py:31 in step"}));
  CHECK_THAT(advice.cause, Catch::Contains("by its data loader") && Catch::Contains("train.py:31"));
}

TEST_CASE("a stopped rank is told with the command that lets it go on") {
  CHECK_THAT(advice_on_one({.state = 'T'}).fix, Catch::Contains("kill -CONT"));
  CHECK_THAT(advice_on_one({.state = 't'}).cause, Catch::Contains("by a debugger"));
}

TEST_CASE("a rank that is stuck in the kernel is told with the place") {
  CHECK_THAT(advice_on_one({.state = 'D', .waits_in = "nfs_wait_bit_killable"}).cause,
             Catch::Contains("stuck in the kernel (nfs_wait_bit_killable)"));
}

TEST_CASE("one rank in another operation is no question of time but of the order of calls") {
  const auto other = standing_in({"torch/distributed/distributed_c10d.py:2501 in all_reduce", "train.py:60 in log"});
  const auto advice = advice_on_one(other);
  CHECK_THAT(advice.cause, Catch::Contains("in all_reduce (train.py:60)"));
  CHECK_THAT(advice.fix, Catch::Contains("in the same order"));
}

TEST_CASE("load alone is not sure") {
  const auto advice =
      advice_on({{.state = 'R', .busy = 1.0}, {.state = 'S', .waits_in = "a"}, {.state = 'S', .waits_in = "a"}});
  REQUIRE(advice);
  CHECK_FALSE(advice->sure);
  CHECK(advice->ranks == std::vector<int>{0});
  CHECK_THAT(advice->cause, Catch::Contains("computes while all others sleep"));
}

TEST_CASE("where all ranks wait for each other nobody is named, and the network is suggested") {
  const auto advice = advice_on({standing_in_barrier(), standing_in_barrier()});
  REQUIRE(advice);
  CHECK(advice->ranks.empty());
  CHECK_FALSE(advice->sure);
  CHECK_THAT(advice->cause, Catch::Contains("All ranks wait for each other in barrier (train.py:90)"));
  CHECK_THAT(advice->fix, Catch::Contains("NCCL_DEBUG=INFO"));
}

TEST_CASE("a single rank is held up only by what is known to last") {
  CHECK_FALSE(advice_on({standing_in_call()}));
  const auto advice = advice_on({standing_in({"torch/utils/data/dataloader.py:1114 in _try_get_data"})});
  REQUIRE(advice);
  CHECK(advice->ranks == std::vector<int>{0});
  CHECK_THAT(advice->cause, Catch::Contains("by its data loader") && !Catch::Contains("the others"));
}

}  // namespace
}  // namespace gpulaunch::testing
