#include "gpulaunch/options/config_file.hpp"

#include "catch.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;
using namespace std::chrono_literals;

namespace {

Options with_config(const std::string& content) {
  return options_of({"--config", "job.toml"}, {.files = {{"job.toml", content}}});
}
std::string config_error(const std::string& content) {
  return error_of({"--config", "job.toml"}, {.files = {{"job.toml", content}}});
}

}  // namespace

TEST_CASE("keys are long names with dashes or underscores, values what TOML has for them") {
  const auto options = with_config(
      "nproc = 4\nmax_restarts = 2\ngrace = '10s'\nstop-grace = 1.5\npty = true\ncollapse = false\ntee = 3\n"
      "shutdown_timeout = 20\n");
  CHECK(options.job.nproc.count == 4);
  CHECK(options.failure.max_restarts == 2);
  CHECK(options.failure.grace == Nanos(20s));
  CHECK(options.failure.stop_grace == Nanos(1500ms));
  CHECK(options.output.pty);
  CHECK_FALSE(options.output.collapse);
  CHECK(options.output.tee.every_rank == StreamSet::both);
}

TEST_CASE("a number may be given as a string, as on the command line") {
  CHECK(with_config("nproc = 'gpu'").job.nproc.kind == NprocRequest::Kind::gpu);
  CHECK(with_config("nproc = '4'").job.nproc.count == 4);
}

TEST_CASE("lists are arrays") {
  const auto options = with_config("local-ranks-filter = [0, '2-3']\ncompat = ['jax', 'tf']\nenv = ['A=1', 'B=2']\n");
  CHECK(options.output.local_ranks_filter == RankSet{0, 2, 3});
  CHECK(options.environment.compat == std::vector<CompatFamily>{CompatFamily::jax, CompatFamily::tf});
  CHECK(options.environment.assignments == std::vector<EnvAssignment>{{"A", "1"}, {"B", "2"}});
}

TEST_CASE("named entries are tables") {
  const auto options = with_config("[env]\nB = 'x'\nA = 1\nC = true\n[on-signal]\nUSR1 = 'stop'\n");
  CHECK(options.environment.assignments == std::vector<EnvAssignment>{{"B", "x"}, {"A", "1"}, {"C", "true"}});
  CHECK(options.failure.on_signal == std::vector<std::pair<int, SignalPolicy>>{{10, SignalPolicy::stop}});
}

TEST_CASE("entries count in the order of the file") {
  const World world{.files = {{"one", "env-file = 'vars'\nenv = ['A=1']\n"},
                              {"two", "env = ['A=1']\nenv-file = 'vars'\n"},
                              {"vars", "A=9"}}};
  CHECK(options_of({"--config=one"}, world).environment.assignments.back() == EnvAssignment{"A", "1"});
  CHECK(options_of({"--config=two"}, world).environment.assignments.back() == EnvAssignment{"A", "9"});
}

TEST_CASE("verbosity and dry runs can be set by flag, number or word") {
  CHECK(with_config("verbose = true").report.verbosity == 1);
  CHECK(with_config("verbose = 2").report.verbosity == 2);
  CHECK(with_config("quiet = true").report.verbosity == -1);
  CHECK(with_config("dry-run = 'json'").report.dry_run == DryRun::json);
  CHECK(with_config("dry-run = true").report.dry_run == DryRun::text);
}

TEST_CASE("an unknown key is refused with its line and the likely name") {
  CHECK(config_error("pty = true\nnprco = 4\n") == "job.toml:2: unknown option 'nprco'; did you mean nproc?");
  CHECK(config_error("\n\n[section]\nx = 1\n").starts_with("job.toml:3: unknown option 'section'"));
}

TEST_CASE("a bad value is refused with its line, the option and what is allowed") {
  CHECK(config_error("\nnproc = 0\n") ==
        "job.toml:2: nproc: '0' is not a number of ranks (allowed: 1 to 1024, gpu, auto, cpu)");
  CHECK(config_error("[env]\nA = '1'\n'B C' = 2\n").starts_with("job.toml:3: env: 'B C=2' is not an assignment"));
  CHECK(config_error("nnodes = 2").starts_with("job.toml:1: nnodes: '2' is not available yet"));
}

TEST_CASE("a value of the wrong type is refused") {
  CHECK(config_error("nproc = true") == "job.toml:1: nproc: a boolean is not possible here (allowed: N|gpu|auto|cpu)");
  CHECK(config_error("pty = 1") == "job.toml:1: pty: a number is not possible here (allowed: true, false)");
  CHECK(config_error("pty = 'true'") == "job.toml:1: pty: a string is not possible here (allowed: true, false)");
  CHECK(config_error("nproc = {a = 1}").find("a table is not possible here") != std::string::npos);
  CHECK(config_error("pty = [true]").find("a boolean is not possible here") != std::string::npos);
  CHECK(config_error("pty = []").find("an array is not possible here") != std::string::npos);
  CHECK(config_error("timeout = 1979-05-27").find("a date or time is not possible here") != std::string::npos);
  CHECK(config_error("[env]\nA = [1]\n").find("job.toml:2: env: an array is not possible here") != std::string::npos);
  CHECK(config_error("compat = [['jax']]").find("an array is not possible here") != std::string::npos);
}

TEST_CASE("options that ask for something else than a job cannot stand in a config file") {
  for (const std::string key : {"help", "version", "config", "print-completion", "print-man"}) {
    CHECK(config_error(key + " = 'x'") == "job.toml:1: --" + key + " cannot stand in a config file");
  }
}

TEST_CASE("what is no TOML is refused with its line") {
  CHECK(config_error("nproc = 4\nthis is no toml\n").starts_with("job.toml:2: "));
  CHECK(config_error("nproc = 4\nnproc = 5\n").starts_with("job.toml:2: "));
  const auto message = config_error("x = \"\n");
  CHECK(message.find('\n') == std::string::npos);
}

TEST_CASE("a config file that cannot be read is a usage error, and the last --config counts") {
  CHECK(error_of({"--config", "a\nb"}).starts_with("--config: 'a\\nb' is not usable"));
  CHECK(error_of({"--config", "gone"}) == "--config: cannot read gone: no such file");
  const World world{.files = {{"a", "nproc = 2"}}};
  CHECK(options_of({"--config", "gone", "--config", "a"}, world).job.nproc.count == 2);
}

TEST_CASE("flags of later versions are refused in a config file too") {
  CHECK(config_error("signatures = 'x'") == "job.toml:1: signatures is not available in this version");
}
