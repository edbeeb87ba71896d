#include "gpulaunch/plan/devices.hpp"

#include "catch.hpp"
#include "samples.hpp"

using namespace gpulaunch;
using Tokens = std::vector<std::string>;

namespace {

DevicePool pool_of(int gpus, std::optional<std::string_view> visible) {
  return read_device_pool(samples::gpu_machine(gpus).gpus, visible);
}

Tokens seen_by(const Plan& plan, std::size_t rank) { return plan.ranks.at(rank).devices; }

const std::string first_uuid = "GPU-00aa0000-1111-2222-3333-444444444444";
const std::string second_uuid = "GPU-11aa0000-1111-2222-3333-444444444444";

}  // namespace

TEST_CASE("without CUDA_VISIBLE_DEVICES every GPU is in the pool, by UUID") {
  CHECK(pool_of(2, std::nullopt).tokens == Tokens{first_uuid, second_uuid});
  CHECK(pool_of(2, std::nullopt).visible_gpus() == 2);
}

TEST_CASE("an empty CUDA_VISIBLE_DEVICES is a job without GPUs, and says nothing") {
  const auto pool = pool_of(4, "");
  CHECK(pool.tokens.empty());
  CHECK(pool.notices.empty());
}

TEST_CASE("ordinals keep their order and their spelling") {
  CHECK(pool_of(4, "2,0").tokens == Tokens{"2", "0"});
  CHECK(pool_of(4, " 1 , 3").tokens == Tokens{"1", "3"});
  CHECK(pool_of(4, "1gpu2,2ampere").tokens == Tokens{"1gpu2", "2ampere"});
  CHECK(pool_of(4, "+1").tokens == Tokens{"+1"});
}

TEST_CASE("an entry that names no GPU ends the list and is named in a notice") {
  const auto [list, kept, cut] = GENERATE(table<std::string, Tokens, std::string>({
      {"0,2,-1,1", {"0", "2"}, "\"-1\""},
      {"0,7,1", {"0"}, "\"7\""},
      {"x,1", {}, "\"x\""},
      {"0,,1", {"0"}, "\"\""},
      {"NoDevFiles", {}, "\"NoDevFiles\""},
      {"0,GPU-00aa", {"0"}, "\"GPU-00aa\""},
      {"GPU-00aa,1", {"GPU-00aa"}, "\"1\""},
      {"GPU-00aa,GPU-dead", {"GPU-00aa"}, "\"GPU-dead\""},
      {"99999999999999999999", {}, "\"99999999999999999999\""},
  }));
  const auto pool = pool_of(4, list);
  CHECK(pool.tokens == kept);
  REQUIRE(pool.notices.size() == 1);
  CHECK_THAT(pool.notices[0], Catch::Contains("CUDA_VISIBLE_DEVICES=" + list) && Catch::Contains("entry " + cut) &&
                                  Catch::Contains(std::to_string(kept.size()) + " visible"));
}

TEST_CASE("an entry -1 alone and a trailing comma lose nothing and are not remarked upon") {
  CHECK(pool_of(4, "-1").tokens.empty());
  CHECK(pool_of(4, "-1").notices.empty());
  CHECK(pool_of(4, "0,1,").tokens == Tokens{"0", "1"});
  CHECK(pool_of(4, "0,1,").notices.empty());
}

TEST_CASE("a repeated entry empties the pool, however it is written") {
  const std::string list = GENERATE("0,1,0", "1,+1", "2,2gpu", "GPU-00aa,GPU-00aa0", "MIG-a,MIG-b,MIG-a");
  const auto pool = pool_of(4, list);
  CHECK(pool.tokens.empty());
  REQUIRE(pool.notices.size() == 1);
  CHECK_THAT(pool.notices[0], Catch::Contains("twice"));
}

TEST_CASE("UUIDs may be shortened as long as they name one GPU") {
  CHECK(pool_of(4, "GPU-11aa,GPU-0").tokens == Tokens{"GPU-11aa", "GPU-0"});
  auto twins = samples::gpu_machine(2).gpus;
  twins.gpus[1].uuid = twins.gpus[0].uuid + "0";
  CHECK(read_device_pool(twins, "GPU-00aa").tokens.empty());
}

TEST_CASE("MIG instances are passed through") {
  CHECK(pool_of(1, "MIG-4c0e,MIG-GPU-00aa/1/0").tokens == Tokens{"MIG-4c0e", "MIG-GPU-00aa/1/0"});
}

TEST_CASE("without an inventory the user's list is kept, and nothing is counted against it") {
  const auto pool = read_device_pool({}, "0,9,GPU");
  CHECK(pool.tokens == Tokens{"0", "9"});
  CHECK(pool.visible_gpus() == 0);
  CHECK(read_device_pool({}, "GPU-x,GPU-y").tokens == Tokens{"GPU-x", "GPU-y"});
}

TEST_CASE("by default every rank sees all visible GPUs and CUDA_VISIBLE_DEVICES is left alone") {
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "2,0"}});
  const auto plan = samples::plan_of(samples::options(2), samples::gpu_machine(4), environment);
  CHECK(seen_by(plan, 0) == Tokens{"2", "0"});
  CHECK(seen_by(plan, 1) == Tokens{"2", "0"});
  CHECK(samples::value(samples::worker(plan, 1, environment), "CUDA_VISIBLE_DEVICES") == "2,0");
}

TEST_CASE("isolation gives each rank one GPU, by the user's own word or by UUID") {
  auto options = samples::options(2);
  options.job.devices = DeviceMode::isolate;
  const auto plan = samples::plan_of(options, samples::gpu_machine(2));
  CHECK(samples::value(samples::worker(plan, 0), "CUDA_VISIBLE_DEVICES") == first_uuid);
  CHECK(seen_by(plan, 1) == Tokens{second_uuid});
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "3,GPU"}});
  options.job.nproc.count = 1;
  const auto chosen = samples::plan_of(options, samples::gpu_machine(4), environment);
  CHECK(samples::value(samples::worker(chosen, 0, environment), "CUDA_VISIBLE_DEVICES") == "3");
  CHECK(samples::value(samples::worker(chosen, 0, environment), "LOCAL_RANK") == "0");
}

TEST_CASE("oversubscribed and isolated, ranks take turns") {
  auto options = samples::options(5);
  options.job.devices = DeviceMode::isolate;
  options.job.oversubscribe = true;
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "1,0"}});
  const auto plan = samples::plan_of(options, samples::gpu_machine(2), environment);
  for (std::size_t i = 0; i < 5; ++i) CHECK(seen_by(plan, i) == Tokens{i % 2 == 0 ? "1" : "0"});
}

TEST_CASE("isolation without a GPU is refused") {
  auto options = samples::options(1);
  options.job.devices = DeviceMode::isolate;
  CHECK_THAT(samples::refusal_of(options, samples::cpu_machine()), Catch::Contains("--devices isolate"));
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", ""}});
  CHECK_THAT(samples::refusal_of(options, samples::gpu_machine(2), environment), Catch::Contains("--devices isolate"));
}

TEST_CASE("isolation believes a list that nothing can check, but never hands an entry out twice") {
  auto options = samples::options(2);
  options.job.devices = DeviceMode::isolate;
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "4,5"}});
  CHECK(seen_by(samples::plan_of(options, samples::cpu_machine(), environment), 1) == Tokens{"5"});
  options.job.nproc.count = 3;
  CHECK_THAT(samples::refusal_of(options, samples::cpu_machine(), environment), Catch::Contains("2 visible GPUs"));
}

TEST_CASE("the option --devices none hides every GPU and counts none") {
  auto options = samples::options(8);
  options.job.devices = DeviceMode::none;
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "0,0"}});
  const auto plan = samples::plan_of(options, samples::gpu_machine(2), environment);
  CHECK(samples::value(samples::worker(plan, 7, environment), "CUDA_VISIBLE_DEVICES").empty());
  CHECK(seen_by(plan, 7).empty());
  CHECK(plan.notices.empty());
}

TEST_CASE("a virtual local rank is 0 everywhere, each on its own entry of the inherited list") {
  auto options = samples::options(3);
  options.job.virtual_local_rank = true;
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "5,3"}});
  const auto plan = samples::plan_of(options, samples::cpu_machine(), environment);
  const std::vector<std::string> expected{"5", "3", "2"};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto worker = samples::worker(plan, i, environment);
    CHECK(samples::value(worker, "LOCAL_RANK") == "0");
    CHECK(samples::value(worker, "RANK") == std::to_string(i));
    CHECK(samples::value(worker, "CUDA_VISIBLE_DEVICES") == expected[i]);
  }
}
