#include "catch.hpp"
#include "launch.hpp"

using namespace harness;

namespace {

struct BadValue {
  std::string flag;
  std::string value;
};

// One for each kind of value; the unit tests of the options know many more.
const std::vector<BadValue> bad_values = {
    {"--nproc", "0"},
    {"--nproc", "-3"},
    {"--nproc", "1.5"},
    {"--nproc", "5000000000"},
    {"--nproc", "many"},
    {"--timeout", "5x"},
    {"--grace", "-1s"},
    {"--label", "sometimes"},
    {"--redirects", "4"},
    {"--tee", "0:9"},
    {"--stdin", "first"},
    {"--on-failure", "explode"},
    {"--devices", "two"},
    {"--master-port", "70000"},
    {"--compat", "windows"},
    {"--max-restarts", "-1"},
    {"--on-signal", "USR1=x"},
    {"--color", "blue"},
    {"--local-ranks-filter", "a"},
    {"--env", "=value"},
    {"--signal-scope", "all"},
    {"--stdio", "magic"},
    {"--dry-run=yaml", ""},
};

}  // namespace

TEST_CASE("a bad value gives one line that names flag and value and nothing is started") {
  const ScratchDir folder;
  for (const auto& [flag, value] : bad_values) {
    auto launch = Launch{};
    value.empty() ? launch.flag(flag) : launch.flag(flag, value);
    const auto finished = launch.worker("touch " + folder.file("started")).run();
    expect_usage_error(finished, {"gpulaunch: ", flag.substr(0, flag.find('=')), value});
  }
  CHECK(files_below(folder.path()).empty());
}

TEST_CASE("a misspelt flag gets a suggestion") {
  expect_usage_error(Launch{}.flag("--nprox", "4").program("true").run(), {"--nprox", "did you mean", "--nproc"});
  expect_usage_error(Launch{}.flag("--timeuot=4s").program("true").run(), {"--timeuot", "did you mean", "--timeout"});
}

TEST_CASE("a flag that is like no other is refused too") {
  expect_usage_error(Launch{}.flag("--quite-something-else").program("true").run(), {"--quite-something-else"});
}

TEST_CASE("a job without a program is a usage error") { expect_usage_error(Launch{}.ranks(4).run(), {}); }

TEST_CASE("a flag without its value is a usage error") {
  expect_usage_error(Launch{}.flag("--nproc").run(), {"--nproc"});
}

TEST_CASE("what needs another rank count is refused before anything starts") {
  expect_usage_error(Launch{}.ranks(4).flag("--stdin", "9").program("true").run(), {"--stdin", "9"});
}

TEST_CASE("prefixes of a flag are accepted where they mean one flag alone") {
  Launch{}
      .flag("--max-rest=0")
      .flag("--nproc-per", "2")
      .worker("env WORLD_SIZE")
      .expect_exit(0)
      .expect_lines({labelled(0, "WORLD_SIZE=2"), labelled(1, "WORLD_SIZE=2")});
  expect_usage_error(Launch{}.flag("--lo", "x").program("true").run(), {"--lo", "could be any of", "--log-dir"});
}

TEST_CASE("dashes and underscores are the same and the last value wins") {
  Launch{}
      .flag("--nproc_per_node=7")
      .flag("--nproc-per-node", "2")
      .worker("print x")
      .expect_exit(0)
      .expect_lines({labelled(0, "x"), labelled(1, "x")});
}

TEST_CASE("what comes later is known and refused with one line") {
  const std::vector<std::vector<std::string>> later = {
      {"--nnodes", "2"}, {"--bind", "numa"}, {"--signatures", "x"}, {"--node-rank", "1"}};
  for (const auto& words : later) {
    const auto finished = Launch{}.flag(words[0], words[1]).program("true").run();
    expect_usage_error(finished, {words[0]});
    finished.expect_err_lacks("did you mean");
  }
}

TEST_CASE("verbs that come later are refused with one line and only as the first word") {
  for (const auto* verb : {"map", "check", "ps"}) {
    const auto finished = Launch{}.program(verb, "x").run();
    expect_usage_error(finished, {verb});
    Launch{}.ranks(1).program(verb, "x").run().expect_err_lacks("usage").expect_err_lacks("not available");
  }
}

TEST_CASE("the version is printed") {
  Launch{}.flag("--version").expect_exit(0).expect_out_has("gpulaunch 0.").expect_err("");
}

TEST_CASE("help goes to standard output") {
  Launch{}.flag("-h").expect_exit(0).expect_out_has("--nproc").expect_err("");
  Launch{}.flag("--help").expect_exit(0).expect_out_has("--on-failure").expect_err("");
}
