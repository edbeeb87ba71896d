#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

#include <sched.h>

#include <filesystem>
#include <set>

using namespace harness;

namespace {

using Variables = std::map<std::string, std::string>;

// `expected` is part of what the rank got.
void check_has(const Variables& got, const Variables& expected) {
  for (const auto& [name, value] : expected) {
    INFO(name);
    REQUIRE(got.count(name) == 1);
    CHECK(got.at(name) == value);
  }
}

// The test, and what it starts, may use one CPU alone, until the end of the scope.
class OneCpu {
 public:
  OneCpu() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_{};
};

}  // namespace

TEST_CASE("every rank gets the complete environment of a worker") {
  constexpr int ranks = 3;
  const auto finished =
      Launch{}.ranks(ranks).flag("--max-restarts", "2").flag("--role", "trainer").worker("env *").run();
  finished.expect_exit(0);
  std::set<std::string> error_files;
  for (int rank = 0; rank < ranks; ++rank) {
    const auto got = variables_of_rank(finished.out, rank);
    const auto number = std::to_string(rank);
    check_has(got, {{"RANK", number}, {"LOCAL_RANK", number}, {"ROLE_RANK", number}, {"WORLD_SIZE", "3"}});
    check_has(got, {{"LOCAL_WORLD_SIZE", "3"}, {"ROLE_WORLD_SIZE", "3"}, {"GROUP_RANK", "0"}, {"NODE_RANK", "0"}});
    check_has(got, {{"GROUP_WORLD_SIZE", "1"}, {"ROLE_NAME", "trainer"}, {"MASTER_ADDR", "127.0.0.1"}});
    check_has(got, {{"TORCHELASTIC_RESTART_COUNT", "0"}, {"TORCHELASTIC_MAX_RESTARTS", "2"}});
    check_has(got, {{"TORCHELASTIC_USE_AGENT_STORE", "False"}, {"TORCH_NCCL_ASYNC_ERROR_HANDLING", "1"}});
    check_has(got, {{"PYTHONUNBUFFERED", "1"}, {"PYTHONFAULTHANDLER", "1"}, {"NCCL_DEBUG", "WARN"}});
    CHECK(got.at("TORCHELASTIC_RUN_ID") == variables_of_rank(finished.out, 0).at("TORCHELASTIC_RUN_ID"));
    CHECK(got.at("GPULAUNCH_RUN_ID") == got.at("TORCHELASTIC_RUN_ID"));
    CHECK(got.at("GPULAUNCH_ATTEMPT") == "0");
    error_files.insert(got.at("TORCHELASTIC_ERROR_FILE"));
  }
  CHECK(error_files.size() == ranks);
}

TEST_CASE("one rank alone gets its identity and no tuning") {
  const auto got = variables_in(Launch{}.worker("env *").expect_exit(0).out);
  check_has(got, {{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"LOCAL_RANK", "0"}});
  for (const auto* name : {"OMP_NUM_THREADS", "NCCL_DEBUG", "PYTHONUNBUFFERED"}) CHECK(got.count(name) == 0);
}

TEST_CASE("what the user has set stays") {
  const auto finished = Launch{}
                            .ranks(2)
                            .env("OMP_NUM_THREADS", "7")
                            .env("NCCL_DEBUG", "INFO")
                            .env("TORCH_NCCL_ASYNC_ERROR_HANDLING", "3")
                            .env("MY_OWN", "kept as it is ")
                            .worker("env *")
                            .expect_exit(0);
  const auto got = variables_of_rank(finished.out, 1);
  check_has(got, {{"OMP_NUM_THREADS", "7"}, {"NCCL_DEBUG", "INFO"}, {"TORCH_NCCL_ASYNC_ERROR_HANDLING", "3"}});
  check_has(got, {{"MY_OWN", "kept as it is "}});
}

TEST_CASE("OMP_NUM_THREADS is the share of the CPUs that may be used and no banner says so") {
  const OneCpu one_cpu;
  const auto finished = Launch{}.ranks(2).worker("env OMP_NUM_THREADS").expect_exit(0).expect_err("");
  finished.expect_lines({labelled(0, "OMP_NUM_THREADS=1"), labelled(1, "OMP_NUM_THREADS=1")});
}

TEST_CASE("option --rdzv-id names the run") {
  Launch{}
      .flag("--rdzv-id", "night-42")
      .worker("env TORCHELASTIC_RUN_ID")
      .expect_exit(0)
      .expect_out("TORCHELASTIC_RUN_ID=night-42\n");
}

TEST_CASE("option --env wins over everything that the launcher sets") {
  Launch{}
      .ranks(2)
      .flag("--env", "OMP_NUM_THREADS=5")
      .flag("--env", "MASTER_ADDR=elsewhere")
      .worker("env OMP_NUM_THREADS MASTER_ADDR if rank==0")
      .expect_exit(0)
      .expect_out(labelled(0, "OMP_NUM_THREADS=5\n") + labelled(0, "MASTER_ADDR=elsewhere\n"));
}

TEST_CASE("the error files live in a private folder that is gone at the end") {
  const ScratchDir runtime;
  const auto finished =
      Launch{}.env("XDG_RUNTIME_DIR", runtime.path()).worker("env TORCHELASTIC_ERROR_FILE").expect_exit(0);
  const std::filesystem::path error_file = variables_in(finished.out).at("TORCHELASTIC_ERROR_FILE").c_str();
  CHECK(contains(error_file.string(), runtime.path().string()));
  CHECK(std::filesystem::is_empty(runtime.path()));
}

TEST_CASE("the run folder is readable by its owner alone") {
  const ScratchDir runtime;
  const auto go_on = runtime.file("go-on");
  auto job = Launch{}
                 .with_umask(0)
                 .env("XDG_RUNTIME_DIR", runtime.path())
                 .worker("env TORCHELASTIC_ERROR_FILE", "await " + go_on)
                 .start();
  job.wait_for_out("\n");
  const std::filesystem::path error_file = variables_in(job.child().out()).at("TORCHELASTIC_ERROR_FILE");
  auto folder = error_file.parent_path();
  while (folder.parent_path() != runtime.path() && folder.has_relative_path()) folder = folder.parent_path();
  CHECK((std::filesystem::status(folder).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms::owner_all);
  write_file(go_on, "");
  job.finish().expect_exit(0);
}
