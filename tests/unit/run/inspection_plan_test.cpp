#include "gpulaunch/run/inspection_plan.hpp"

#include "catch.hpp"

using namespace gpulaunch;

namespace {

// Two ranks of a Python script, both of which run.
struct Ranks {
  Ranks() : plan{}, processes(2) {
    for (int i = 0; i < 2; ++i) {
      RankPlan rank;
      rank.rank = Rank(i + 4);
      rank.argv = {"/opt/bin/python3.11", "-u", "train.py"};
      plan.ranks.push_back(rank);
      processes[static_cast<std::size_t>(i)].state = RankProcess::State::running;
      processes[static_cast<std::size_t>(i)].pid = 100 + i;
    }
  }
  [[nodiscard]] InspectionSpec spec() const { return inspection_of(plan, processes, environment); }

  Plan plan;
  std::vector<RankProcess> processes;
  Environment environment;
};

}  // namespace

TEST_CASE("ranks that run are inspected, by their number in the job") {
  Ranks ranks;
  ranks.processes[0].state = RankProcess::State::zombie;
  const auto spec = ranks.spec();
  REQUIRE(spec.ranks.size() == 1);
  CHECK(spec.ranks[0].rank == 5);
  CHECK(spec.ranks[0].pid == 101);
  CHECK(spec.ranks[0].python == "/opt/bin/python3.11");
  CHECK(spec.ranks[0].flight_recorder.empty());
  CHECK(spec.ras_address.empty());
}

TEST_CASE("a program that is no Python is not taken for one") {
  Ranks ranks;
  ranks.plan.ranks[0].argv = {"/python/train"};
  CHECK(ranks.spec().ranks[0].python.empty());
}

TEST_CASE("a rank's own variables say where its libraries listen, before the launcher's") {
  Ranks ranks;
  ranks.environment.set("NCCL_RAS_ADDR", "localhost:1");
  ranks.environment.set("TORCH_NCCL_DEBUG_INFO_PIPE_FILE", "/tmp/fr_");
  CHECK(ranks.spec().ras_address == "localhost:1");
  CHECK(ranks.spec().ranks[1].flight_recorder == "/tmp/fr_5.pipe");
  ranks.plan.ranks[0].env = {{"NCCL_RAS_ADDR", "localhost:2"}};
  ranks.plan.ranks[1].env = {{"TORCH_NCCL_DEBUG_INFO_PIPE_FILE", std::nullopt}};
  CHECK(ranks.spec().ras_address == "localhost:2");
  CHECK(ranks.spec().ranks[1].flight_recorder.empty());
}
