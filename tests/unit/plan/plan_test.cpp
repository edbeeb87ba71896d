#include "gpulaunch/plan/plan.hpp"

#include "catch.hpp"
#include "samples.hpp"

using namespace gpulaunch;
using Words = std::vector<std::string>;

namespace {

Words argv_of(const Options& options, std::size_t rank) {
  return samples::plan_of(options, samples::cpu_machine()).ranks.at(rank).argv;
}

std::string directory_for(const std::string& chdir) {
  auto options = samples::options(1);
  options.environment.chdir = chdir;
  return samples::plan_of(options, samples::cpu_machine()).working_directory;
}

}  // namespace

TEST_CASE("arguments reach the program byte for byte") {
  const Words command{"./train", "--", "{rank}", "$$", "${local_rank}", "", "\xff"};
  CHECK(argv_of(samples::options(2, command), 1) == command);
}

TEST_CASE("the option --expand fills placeholders in arguments, not in the program or its interpreter") {
  auto options = samples::options(2, {"{rank}.py", "--out={rank}/{local_rank}@{host}", "{x}"});
  options.job.expand = true;
  CHECK(argv_of(options, 1) == Words{"python3", "-u", "{rank}.py", "--out=1/1@node7", "{x}"});
}

TEST_CASE("the option --local-rank-arg stands at the end of the arguments") {
  auto options = samples::options(2, {"train.py", "--lr", "1"});
  options.job.local_rank_arg = true;
  CHECK(argv_of(options, 1) == Words{"python3", "-u", "train.py", "--lr", "1", "--local-rank=1"});
}

TEST_CASE("the option --wrap stands before the program of the chosen ranks, with its placeholders filled") {
  auto options = samples::options(3, {"train.py"});
  options.job.wrap = "nsys profile -o 'r{rank} of {host}'";
  CHECK(argv_of(options, 2) == Words{"nsys", "profile", "-o", "r2 of node7", "python3", "-u", "train.py"});
  options.job.wrap_ranks = {0, 2};
  CHECK(argv_of(options, 1) == Words{"python3", "-u", "train.py"});
  CHECK(argv_of(options, 2).front() == "nsys");
}

TEST_CASE("the working directory is absolute and normal") {
  CHECK(directory_for("") == "/home/ann/work");
  CHECK(directory_for("run/../data/") == "/home/ann/work/data");
  CHECK(directory_for("..") == "/home/ann");
  CHECK(directory_for("/") == "/");
  CHECK(directory_for("/srv/./x") == "/srv/x");
}

TEST_CASE("ranks are numbered in order and the plan carries the job's identity") {
  const auto plan = samples::plan_of(samples::options(3), samples::cpu_machine());
  REQUIRE(plan.ranks.size() == 3);
  for (int i = 0; i < 3; ++i) {
    CHECK(plan.ranks[static_cast<std::size_t>(i)].rank == Rank(i));
    CHECK(plan.ranks[static_cast<std::size_t>(i)].local_rank == LocalRank(i));
  }
  CHECK(plan.world_size == 3);
  CHECK(plan.host == "node7");
  CHECK(plan.master_port == 40123);
  CHECK(plan.run_id == samples::facts().run_id);
}

TEST_CASE("notices of the command line come first") {
  auto options = samples::options(1);
  options.notices = {"--monitor-interval has no sense here"};
  const auto environment = samples::environment({{"CUDA_VISIBLE_DEVICES", "0,9"}});
  const auto plan = samples::plan_of(options, samples::gpu_machine(1), environment);
  REQUIRE(plan.notices.size() == 2);
  CHECK(plan.notices[0] == options.notices[0]);
}

TEST_CASE("a log folder is needed for --log-dir, -r, -t and filters, not for /dev/null") {
  const auto needs = [](auto change) {
    auto options = samples::options(2);
    change(options.output);
    return needs_log_base(make_job(options, {}).value());
  };
  CHECK_FALSE(needs([](auto&) {}));
  CHECK(needs([](auto& output) { output.log_dir = "/logs"; }));
  CHECK(needs([](auto& output) { output.redirects.every_rank = StreamSet::out; }));
  CHECK(needs([](auto& output) { output.tee.by_local_rank[0] = StreamSet::out; }));
  CHECK(needs([](auto& output) { output.duplicate_stderr_filters = {"x"}; }));
  CHECK_FALSE(needs([](auto& output) {
    output.log_dir = "/dev/null";
    output.tee.every_rank = StreamSet::both;
  }));
}

TEST_CASE("GPUs are listed only for a job that may use some") {
  auto options = samples::options(2);
  const auto needs = [&](const Environment& environment) {
    return needs_gpus(make_job(options, environment).value(), environment);
  };
  CHECK(needs({}));
  CHECK(needs(samples::environment({{"CUDA_VISIBLE_DEVICES", "0"}})));
  CHECK_FALSE(needs(samples::environment({{"CUDA_VISIBLE_DEVICES", ""}})));
  options.job.devices = DeviceMode::none;
  CHECK_FALSE(needs({}));
}

TEST_CASE("cores are counted only where OMP_NUM_THREADS is ours to set") {
  auto options = samples::options(2);
  const auto needs = [&](const Environment& environment) {
    return needs_physical_cores(make_job(options, environment).value(), environment);
  };
  CHECK(needs({}));
  CHECK_FALSE(needs(samples::environment({{"OMP_NUM_THREADS", "1"}})));
  options.mode = Mode::torchrun;
  CHECK_FALSE(needs({}));
  options.mode = Mode::gpulaunch;
  options.job.nproc.count = 1;
  CHECK_FALSE(needs({}));
  options.job.nproc.kind = NprocRequest::Kind::automatic;
  CHECK(needs({}));
}

TEST_CASE("ports for each worker are needed by TensorFlow alone") {
  auto options = samples::options(2);
  options.environment.compat = {CompatFamily::jax};
  CHECK_FALSE(needs_worker_ports(make_job(options, {}).value()));
  options.environment.compat.push_back(CompatFamily::tf);
  CHECK(needs_worker_ports(make_job(options, {}).value()));
}
