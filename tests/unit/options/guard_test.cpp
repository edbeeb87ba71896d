// gpulaunch guard [options] COMMAND [args...]
#include "catch.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;

TEST_CASE("guard takes one command as it is, on our own descriptors") {
  const auto parsed = parse({"guard", "--timeout", "10s", "server.py", "--port", "80"});
  REQUIRE(parsed);
  const auto& options = parsed->options;
  CHECK(options.mode == Mode::guard);
  CHECK(options.command == Words{"server.py", "--port", "80"});
  CHECK(options.failure.timeout == std::chrono::seconds(10));
  CHECK(options.job.no_python);
  CHECK(options.job.devices == DeviceMode::none);
  CHECK(options.output.stdio == StdioMode::inherit);
  CHECK(options.failure.signal_scope == SignalScope::leader);
}

TEST_CASE("guard's signals go to the whole group when that is asked for") {
  CHECK(parse({"guard", "--signal-scope", "group", "x"})->options.failure.signal_scope == SignalScope::group);
}

TEST_CASE("guard limits the processes of its command as those of a rank are limited") {
  CHECK(parse({"guard", "x"})->options.failure.max_procs == 1024);
  CHECK(parse({"guard", "--max-procs", "64", "x"})->options.failure.max_procs == 64);
  CHECK(parse({"--max-procs=0", "x"})->options.failure.max_procs == 0);
  CHECK(parse({"--max-procs=-1", "x"}).error().message ==
        "--max-procs: '-1' is not a number of processes (allowed: 1 to 4194304, or 0 for no limit)");
}

TEST_CASE("guard refuses what only ranks have") {
  for (const auto& words : {Words{"-n", "2"}, Words{"--pty"}, Words{"--tee", "3"}, Words{"--compat", "jax"},
                            Words{"--devices", "all"}, Words{"--rdzv-id", "x"}}) {
    Words line{"guard"};
    line.insert(line.end(), words.begin(), words.end());
    line.emplace_back("true");
    const auto refused = parse(line);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::usage);
    CHECK(refused.error().message.find("has no meaning for guard") != std::string::npos);
  }
}

TEST_CASE("guard does not read torchrun's variables") {
  CHECK(parse({"guard", "x"}, {.variables = {{"PET_NPROC_PER_NODE", "4"}}})->options.job.nproc.count == 1);
}

TEST_CASE("guard without a command says how it is used") {
  for (const auto& words : {Words{"guard"}, Words{"guard", "--timeout", "1s"}, Words{"guard", ""}}) {
    CHECK(parse(words).error().message == "no COMMAND to guard (usage: gpulaunch guard [options] COMMAND [args...])");
  }
}

TEST_CASE("guard is a verb as the first word alone") {
  CHECK(parse({"-n", "1", "guard"})->options.command == Words{"guard"});
  CHECK(parse({"./guard"})->options.mode == Mode::gpulaunch);
  CHECK(parse({"guard"}, {.program = "torchrun"})->options.command == Words{"guard"});
}
