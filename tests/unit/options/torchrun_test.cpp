#include "catch.hpp"
#include "parse.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;
using namespace std::chrono_literals;

namespace {

const World torchrun{.program = "torchrun"};

std::vector<std::string> notices_of(Words words) { return options_of(std::move(words)).notices; }

}  // namespace

TEST_CASE("the name that the program was called by selects the mode") {
  CHECK(options_of({}, torchrun).mode == Mode::torchrun);
  CHECK(options_of({}, {.program = "torchrun3"}).mode == Mode::gpulaunch);
}

TEST_CASE("a usual torchrun command line is understood in both modes") {
  const World worlds[] = {World{}, torchrun};
  for (const auto& world : worlds) {
    const auto parsed = parse({"--standalone", "--nnodes=1", "--nproc_per_node=4", "-m", "pkg.train", "--lr", "1"}, world);
    REQUIRE(parsed);
    CHECK(parsed->options.job.nproc.count == 4);
    CHECK(parsed->options.job.module);
    CHECK(parsed->options.command == Words{"pkg.train", "--lr", "1"});
    CHECK(parsed->options.notices.empty());
  }
}

TEST_CASE("torchrun's own names mean ours") {
  const auto options = options_of({"--shutdown-timeout", "5", "--rdzv-id", "j1", "--role", "r", "--master-addr", "h",
                                   "--master-port", "29501", "--virtual-local-rank", "--no-python", "--use-env",
                                   "--duplicate-stdout-filters", "a,,b,c", "--duplicate_stderr_filters=e"});
  CHECK(options.failure.grace == Nanos(5s));
  CHECK(options.job.run_id == "j1");
  CHECK(options.job.role == "r");
  CHECK(options.job.master_addr == "h");
  CHECK(options.job.master_port == 29501);
  CHECK(options.job.virtual_local_rank);
  CHECK(options.job.no_python);
  CHECK(options.output.duplicate_stdout_filters == std::vector<std::string>{"a,b", "c"});
  CHECK(options.output.duplicate_stderr_filters == std::vector<std::string>{"e"});
  CHECK(options.notices.empty());
}

TEST_CASE("a script that is run by path beats the wish for no python") {
  const auto job = options_of({"--no-python", "--run-path"}).job;
  CHECK(job.run_path);
  CHECK_FALSE(job.no_python);
}

TEST_CASE("signals to handle end the job") {
  const auto policies = options_of({"--signals-to-handle", "SIGTERM,SIGUSR1"}).failure.on_signal;
  CHECK(policies == std::vector<std::pair<int, SignalPolicy>>{{15, SignalPolicy::stop}, {10, SignalPolicy::stop}});
}

TEST_CASE("an endpoint on this machine gives the port, unless a port is given") {
  CHECK(options_of({"--rdzv-endpoint", "localhost:29400", "--rdzv-backend=c10d"}).job.master_port == 29400);
  CHECK(options_of({"--rdzv-endpoint=127.0.0.1:29400", "--master-port=1"}).job.master_port == 1);
  CHECK_FALSE(options_of({"--rdzv-endpoint=localhost:0"}).job.master_port);
  CHECK_FALSE(options_of({"--rdzv-endpoint=localhost"}).job.master_port);
  CHECK_FALSE(options_of({"--rdzv-endpoint="}).job.master_port);
  CHECK(notices_of({"--rdzv-endpoint=localhost:29400"}).empty());
}

TEST_CASE("an endpoint elsewhere is accepted with a notice and gives no port") {
  const auto options = options_of({"--rdzv-endpoint=node7:29400"});
  CHECK_FALSE(options.job.master_port);
  CHECK(options.notices == std::vector<std::string>{"--rdzv-endpoint: the ranks of a job on one node meet on this "
                                                    "machine, whatever host this names"});
}

TEST_CASE("the local address is where ranks meet, unless another is given") {
  CHECK(options_of({"--local-addr=10.0.0.1"}).job.master_addr == "10.0.0.1");
  CHECK(options_of({"--local-addr=10.0.0.1", "--master-addr=h"}).job.master_addr == "h");
}

TEST_CASE("a standalone job overrides what else says where ranks meet, and says so") {
  const auto options = options_of({"--standalone", "--rdzv-id=x", "--master-port=1", "--rdzv-endpoint=localhost:2"});
  CHECK(options.job.run_id.empty());
  CHECK_FALSE(options.job.master_port);
  CHECK(options.notices.size() == 1);
  CHECK(notices_of({"--standalone"}).empty());
  CHECK(options_of({"--standalone=false", "--rdzv-id=x"}).job.run_id == "x");
}

TEST_CASE("flags that have no effect here are accepted with one line that says why") {
  for (const std::string flag : {"--monitor-interval=0.5", "--exit-barrier-timeout=30", "--rdzv-conf=timeout=900", "--run-path",
                                 "--event-log-handler=console"}) {
    const auto notices = notices_of({flag});
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].starts_with(flag.substr(0, flag.find('=')) + ": "));
    CHECK(notices[0].find('\n') == std::string::npos);
  }
  CHECK(notices_of({"--event-log-handler=null", "--start-method=spawn", "--rdzv-backend=c10d"}).empty());
  CHECK(notices_of({"--monitor-interval=1", "--monitor_interval=2"}).size() == 1);
  CHECK(options_of({}, {.variables = {{"PET_MONITOR_INTERVAL", "1"}}}).notices.at(0).starts_with("PET_MONITOR_INTERVAL: "));
}
