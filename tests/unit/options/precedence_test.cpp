#include "catch.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;
using namespace std::chrono_literals;

namespace {

const World everything{.variables = {{"PET_NPROC_PER_NODE", "3"}, {"PET_MAX_RESTARTS", "5"}},
                       .files = {{"job.toml", "nproc = 2\nmax-restarts = 4\nlog_dir = 'logs'\n"}}};

}  // namespace

TEST_CASE("the command line beats variables, which beat the config file, which beats the default") {
  CHECK(options_of({"--config", "job.toml", "-n", "4"}, everything).job.nproc.count == 4);
  const auto options = options_of({"--config", "job.toml"}, everything);
  CHECK(options.job.nproc.count == 3);
  CHECK(options.failure.max_restarts == 5);
  CHECK(options.output.log_dir == "logs");
  CHECK(options.job.role == "default");
  CHECK(options_of({"--config=job.toml"}, {.files = everything.files}).job.nproc.count == 2);
}

TEST_CASE("a flag helps out of a bad variable, and both out of a bad config file") {
  const World world{.variables = {{"PET_NPROC_PER_NODE", "xpu"}}, .files = {{"c", "nproc = 'many'\nlinger = 'x'\n"}}};
  CHECK(error_of({}, world) == "PET_NPROC_PER_NODE: 'xpu' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)");
  CHECK(options_of({"-n", "2"}, world).job.nproc.count == 2);
  CHECK(error_of({"--config=c", "-n", "2"}, world).starts_with("c:2: linger: 'x' is not a duration"));
  CHECK(options_of({"--config=c", "-n", "2", "--linger=1s"}, world).failure.linger == 1s);
}

TEST_CASE("variables for flags are yes or no") {
  CHECK(options_of({}, {.variables = {{"PET_NO_PYTHON", "1"}}}).job.no_python);
  CHECK(options_of({}, {.variables = {{"PET_MODULE", "True"}}}).job.module);
  CHECK_FALSE(options_of({}, {.variables = {{"PET_NO_PYTHON", "0"}}}).job.no_python);
  CHECK_FALSE(options_of({"--no-python=false"}, {.variables = {{"PET_NO_PYTHON", "1"}}}).job.no_python);
  CHECK(error_of({}, {.variables = {{"PET_STANDALONE", "yes"}}}) ==
        "PET_STANDALONE: 'yes' is not a yes or no (allowed: 1, 0, true, false)");
}

TEST_CASE("every variable of torchrun is read and its error names it") {
  const std::pair<std::string, std::string> wrong[] = {
      {"PET_NNODES", "0"},          {"PET_NPROC_PER_NODE", "-1"}, {"PET_RDZV_BACKEND", "zoo"},
      {"PET_RDZV_ENDPOINT", "a b"}, {"PET_RDZV_ID", "a/b"},       {"PET_RDZV_CONF", "x"},
      {"PET_STANDALONE", "x"},      {"PET_MAX_RESTARTS", "-1"},   {"PET_MONITOR_INTERVAL", "x"},
      {"PET_START_METHOD", "fork"}, {"PET_ROLE", "a\nb"},         {"PET_MODULE", "x"},
      {"PET_NO_PYTHON", "x"},       {"PET_RUN_PATH", "x"},        {"PET_LOG_DIR", "\n"},
      {"PET_REDIRECTS", "4"},       {"PET_TEE", "x"},             {"PET_LOG_LINE_PREFIX_TEMPLATE", "${x}"},
      {"PET_NODE_RANK", "1"},       {"PET_MASTER_ADDR", "\n"},    {"PET_MASTER_PORT", "0"},
      {"PET_LOCAL_ADDR", "\n"},     {"PET_SIGNALS_TO_HANDLE", "KILL"}, {"PET_SHUTDOWN_TIMEOUT", "x"},
      {"PET_LOCAL_RANKS_FILTER", "x"}, {"PET_VIRTUAL_LOCAL_RANK", "x"}, {"PET_EXIT_BARRIER_TIMEOUT", "x"},
      {"PET_DUPLICATE_STDOUT_FILTERS", "a,"}, {"PET_DUPLICATE_STDERR_FILTERS", ","}};
  for (const auto& [name, value] : wrong) {
    CHECK(error_of({}, {.variables = {{name, value}}}).starts_with(name + ": '"));
    CHECK(error_of({}, {.variables = {{name, ""}}}).empty());
  }
}

TEST_CASE("there are no defaults from variables of our own") {
  CHECK(options_of({}, {.variables = {{"GPULAUNCH_NPROC", "3"}, {"GPULAUNCH_GRACE", "1s"}}}).job.nproc.count == 1);
}

TEST_CASE("two more variables count when called as torchrun, below the PET variable") {
  const std::string timeout = "TORCH_ELASTIC_SHUTDOWN_TIMEOUT";
  const std::string prefix = "TORCHELASTIC_LOG_LINE_PREFIX_TEMPLATE";
  World world{.program = "torchrun", .variables = {{timeout, "7"}, {prefix, "[$rank]"}}};
  CHECK(options_of({}, world).failure.grace == Nanos(7s));
  CHECK(options_of({}, world).output.label_format == "[${rank}]");
  CHECK(options_of({"--shutdown-timeout=1", "--log-line-prefix-template", "x"}, world).failure.grace == Nanos(1s));
  CHECK(options_of({"--log-line-prefix-template", "x"}, world).output.label_format == "x");
  world.variables["PET_SHUTDOWN_TIMEOUT"] = "8";
  CHECK(options_of({}, world).failure.grace == Nanos(8s));
  CHECK_FALSE(options_of({}, {.variables = {{timeout, "7"}}}).failure.grace);
  CHECK(error_of({}, {.program = "torchrun", .variables = {{timeout, "x"}}}).starts_with(timeout + ": 'x'"));
}

TEST_CASE("assignments merge over all sources, and other lists are replaced") {
  const World world{.files = {{"c", "keep-env = ['A', 'B']\n[env]\nX = '1'\nY = '2'\n"}}};
  const auto environment = options_of({"--env", "X=3", "--config", "c", "--keep-env", "C"}, world).environment;
  CHECK(environment.assignments == std::vector<EnvAssignment>{{"X", "1"}, {"Y", "2"}, {"X", "3"}});
  CHECK(environment.keep == std::vector<std::string>{"C"});
  CHECK(options_of({"--config", "c"}, world).environment.keep == std::vector<std::string>{"A", "B"});
}

TEST_CASE("of two options for one thing the one from the higher source wins") {
  const World world{.variables = {{"PET_LOG_LINE_PREFIX_TEMPLATE", "${rank}"}}, .files = {{"c", "label-format='{rank}'"}}};
  CHECK(options_of({"--config=c"}, world).output.label_format == "${rank}");
  CHECK(options_of({"--config=c", "--label-format={role}"}, world).output.label_format == "{role}");
}
