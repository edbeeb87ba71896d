#include "catch.hpp"
#include "gpulaunch/plan/plan.hpp"
#include "samples.hpp"

using namespace gpulaunch;

namespace {

Options counting(NprocRequest::Kind kind) {
  auto options = samples::options(1);
  options.job.nproc.kind = kind;
  return options;
}

std::size_t ranks_of(const Options& options, const Topology& topology,
                     const Environment& environment = samples::environment()) {
  return samples::plan_of(options, topology, environment).ranks.size();
}

}  // namespace

TEST_CASE("the option --nproc gpu counts the visible GPUs") {
  CHECK(ranks_of(counting(NprocRequest::Kind::gpu), samples::gpu_machine(4)) == 4);
  const auto two = samples::environment({{"CUDA_VISIBLE_DEVICES", "3,1"}});
  CHECK(ranks_of(counting(NprocRequest::Kind::gpu), samples::gpu_machine(4), two) == 2);
}

TEST_CASE("the option --nproc gpu without a GPU is refused") {
  const auto options = counting(NprocRequest::Kind::gpu);
  CHECK(samples::refusal_of(options, samples::cpu_machine()) == "--nproc gpu: no GPU is visible here");
  const auto none = samples::environment({{"CUDA_VISIBLE_DEVICES", ""}});
  CHECK(samples::refusal_of(options, samples::gpu_machine(4), none) == "--nproc gpu: no GPU is visible here");
  const auto claimed = samples::environment({{"CUDA_VISIBLE_DEVICES", "0,1"}});
  CHECK(samples::refusal_of(options, samples::cpu_machine(), claimed) == "--nproc gpu: no GPU is visible here");
}

TEST_CASE("the option --nproc gpu and --devices none contradict each other") {
  auto options = counting(NprocRequest::Kind::gpu);
  options.job.devices = DeviceMode::none;
  CHECK_THAT(samples::refusal_of(options, samples::gpu_machine(4)),
             Catch::Contains("--nproc gpu") && Catch::Contains("--devices none"));
}

TEST_CASE("the option --nproc auto counts GPUs, and CPUs where no GPU is visible") {
  auto options = counting(NprocRequest::Kind::automatic);
  CHECK(ranks_of(options, samples::gpu_machine(3)) == 3);
  CHECK(ranks_of(options, samples::cpu_machine()) == 16);
  CHECK(ranks_of(options, samples::gpu_machine(3), samples::environment({{"CUDA_VISIBLE_DEVICES", ""}})) == 16);
  options.job.devices = DeviceMode::none;
  CHECK(ranks_of(options, samples::gpu_machine(3)) == 16);
}

TEST_CASE("the option --nproc cpu counts the CPUs that affinity and cgroup leave us") {
  auto topology = samples::cpu_machine();
  CHECK(ranks_of(counting(NprocRequest::Kind::cpu), topology) == 16);
  topology.cgroup_cpus = 2.5;
  CHECK(ranks_of(counting(NprocRequest::Kind::cpu), topology) == 2);
  topology.cgroup_cpus = 0.2;
  CHECK(ranks_of(counting(NprocRequest::Kind::cpu), topology) == 1);
}

TEST_CASE("more ranks than GPUs is refused with both numbers and the ways out") {
  const auto message = samples::refusal_of(samples::options(4), samples::gpu_machine(2));
  CHECK(
      message ==
      "--nproc 4: more ranks than the 2 visible GPUs; --oversubscribe lets ranks share a GPU, --devices none runs them "
      "without");
  const auto one = samples::environment({{"CUDA_VISIBLE_DEVICES", "1"}});
  CHECK_THAT(samples::refusal_of(samples::options(2), samples::gpu_machine(2), one),
             Catch::Contains("the 1 visible GPU;"));
}

TEST_CASE("more ranks than GPUs is fine when asked for, without GPUs, or without an inventory") {
  auto options = samples::options(4);
  CHECK(ranks_of(options, samples::cpu_machine()) == 4);
  CHECK(ranks_of(options, samples::cpu_machine(), samples::environment({{"CUDA_VISIBLE_DEVICES", "0"}})) == 4);
  CHECK(ranks_of(options, samples::gpu_machine(2), samples::environment({{"CUDA_VISIBLE_DEVICES", ""}})) == 4);
  options.job.oversubscribe = true;
  CHECK(ranks_of(options, samples::gpu_machine(2)) == 4);
}

TEST_CASE("called as torchrun, more ranks than GPUs is only remarked upon") {
  auto options = samples::options(4);
  options.mode = Mode::torchrun;
  const auto plan = samples::plan_of(options, samples::gpu_machine(2));
  CHECK(plan.notices == std::vector<std::string>{"4 ranks share 2 visible GPUs"});
  options.job.nproc.count = 2;
  CHECK(samples::plan_of(options, samples::gpu_machine(2)).notices.empty());
}

TEST_CASE("more ranks than a node can hold are refused, wherever the number comes from") {
  auto topology = samples::cpu_machine();
  for (int cpu = 16; cpu < 2000; ++cpu) topology.allowed_cpus.push_back(cpu);
  CHECK(samples::refusal_of(counting(NprocRequest::Kind::cpu), topology) ==
        "--nproc: 2000 ranks; 1 to 1024 are allowed");
  CHECK(ranks_of(samples::options(1024), topology) == 1024);
}

TEST_CASE("options that name a rank which is not there are refused") {
  auto options = samples::options(4);
  const auto refusal = [&] { return samples::refusal_of(options, samples::cpu_machine()); };
  SECTION("--stdin") {
    options.output.standard_input = {StdinRequest::Kind::one_rank, 4};
    CHECK(refusal() == "--stdin 4 names rank 4, and this job has ranks 0 to 3");
  }
  SECTION("--local-ranks-filter") {
    options.output.local_ranks_filter = {0, 9};
    CHECK(refusal() == "--local-ranks-filter names rank 9, and this job has ranks 0 to 3");
  }
  SECTION("--wrap-ranks") {
    options.job.wrap = "gdb";
    options.job.wrap_ranks = {7};
    CHECK(refusal() == "--wrap-ranks names rank 7, and this job has ranks 0 to 3");
  }
  SECTION("--redirects") {
    options.output.redirects.by_local_rank = {{0, StreamSet::out}, {12, StreamSet::both}};
    CHECK(refusal() == "--redirects names rank 12, and this job has ranks 0 to 3");
  }
  SECTION("--tee, with one rank") {
    options.job.nproc.count = 1;
    options.output.tee.by_local_rank = {{1, StreamSet::out}};
    CHECK(refusal() == "--tee names rank 1, and this job has rank 0 alone");
  }
}

TEST_CASE("called as torchrun, maps and filters pass over ranks that are not there") {
  auto options = samples::options(1);
  options.mode = Mode::torchrun;
  options.output.local_ranks_filter = {0, 9};
  options.output.redirects.by_local_rank = {{12, StreamSet::both}};
  options.output.log_dir = "/dev/null";
  CHECK(ranks_of(options, samples::cpu_machine()) == 1);
}

TEST_CASE("the number of ranks can be had before the plan") {
  const auto job = make_job(counting(NprocRequest::Kind::gpu), {}).value();
  CHECK(count_ranks(job, samples::gpu_machine(3), {}).value() == 3);
  CHECK_FALSE(count_ranks(job, samples::cpu_machine(), {}).has_value());
}
