#include "catch.hpp"
#include "parse.hpp"

#include <fmt/format.h>

using namespace gpulaunch;
using namespace gpulaunch::test;

TEST_CASE("flags of later versions are known and refused, with or without a value") {
  const std::string flag = "--signatures";
  const auto expected = flag + " is not available in this version";
  CHECK(error_of({flag, "1"}) == expected);
  CHECK(error_of({flag + "=1"}) == expected);
  CHECK(parse({flag}).error().message == expected);
}

TEST_CASE("binding to CPUs is refused but for none") {
  CHECK(options_of({"--bind", "none", "--numa-binding=none"}).notices.empty());
  for (const std::string way : {"numa", "node", "socket", "exclusive", "core-complex"}) {
    CHECK(error_of({"--bind", way}) == "--bind: '" + way + "' is not available in this version (allowed: none)");
    CHECK(error_of({"--numa-binding=" + way}).starts_with("--numa-binding: '" + way + "'"));
  }
  CHECK(error_of({"--bind", "core"}).starts_with("--bind: 'core' is not a way to bind (allowed: none;"));
}

TEST_CASE("jobs over many nodes are refused") {
  CHECK(options_of({"--nnodes", "1", "--nnodes=1:1", "--node-rank=0"}).notices.empty());
  CHECK(error_of({"--nnodes=2"}) ==
        "--nnodes: '2' is not available yet, for this version runs on one node (allowed: 1 or 1:1)");
  CHECK(error_of({"--nnodes=1:4"}).starts_with("--nnodes: '1:4' is not available yet"));
  CHECK(error_of({"--nnodes=0"}).starts_with("--nnodes: '0' is not a number of nodes"));
  CHECK(error_of({"--node_rank=1"}).starts_with("--node-rank: '1' is not the rank of a node that this version knows"));
  CHECK(error_of({"--node_rank=x"}) == "--node-rank: 'x' is not a node's rank (allowed: 0)");
}

TEST_CASE("what torchrun would do in Python inside the launcher is refused") {
  CHECK(error_of({"--start-method=fork"}) ==
        "--start-method: 'fork' is not possible, for every rank is a program of its own (allowed: spawn)");
  CHECK(error_of({"--start-method=forkserver"}).starts_with("--start-method: 'forkserver' is not possible"));
  CHECK(error_of({"--start-method=thread"}).starts_with("--start-method: 'thread' is not a start method"));
  CHECK(options_of({"--start-method", "spawn"}).notices.empty());
  CHECK(error_of({"--logs-specs=mine"}).starts_with("--logs-specs: 'mine' is not available"));
  CHECK(options_of({"--logs-specs=default"}).notices.empty());
  CHECK(error_of({"--rdzv-backend=etcd-v2"}) ==
        "--rdzv-backend: 'etcd-v2' is not available, for a job on one node needs no etcd (allowed: static, c10d)");
  CHECK(error_of({"--rdzv-backend=zoo"}).starts_with("--rdzv-backend: 'zoo' is not a rendezvous backend"));
}

TEST_CASE("every option that takes a value names itself in the error for a bad one") {
  const std::pair<std::string, std::string> wrong[] = {{"nproc", "0"},
                                                       {"wrap-ranks", "x"},
                                                       {"devices", "x"},
                                                       {"env", "A"},
                                                       {"keep-env", ""},
                                                       {"compat", "x"},
                                                       {"chdir", ""},
                                                       {"label", "x"},
                                                       {"label-format", "{x}"},
                                                       {"color", "x"},
                                                       {"stdio", "x"},
                                                       {"stdin", "x"},
                                                       {"local-ranks-filter", "x"},
                                                       {"log", ""},
                                                       {"log-dir", ""},
                                                       {"redirects", "x"},
                                                       {"tee", "x"},
                                                       {"on-failure", "x"},
                                                       {"timeout", "x"},
                                                       {"max-restarts", "x"},
                                                       {"restart-delay", "x"},
                                                       {"grace", "x"},
                                                       {"stop-grace", "x"},
                                                       {"linger", "x"},
                                                       {"signal-scope", "x"},
                                                       {"on-signal", "x"},
                                                       {"signals-to-handle", "x"},
                                                       {"dry-run", "x"},
                                                       {"events", ""},
                                                       {"junit", ""},
                                                       {"master-port", "x"},
                                                       {"master-addr", ""},
                                                       {"rdzv-id", ""},
                                                       {"rdzv-endpoint", ":"},
                                                       {"rdzv-conf", "x"},
                                                       {"role", ""},
                                                       {"monitor-interval", "x"},
                                                       {"exit-barrier-timeout", "x"},
                                                       {"verbose", "3"},
                                                       {"wrap", ""},
                                                       {"config", ""}};
  for (const auto& [flag, value] : wrong) {
    const auto message = error_of({fmt::format("--{}={}", flag, value)});
    CHECK(message.starts_with(fmt::format("--{}: ", flag)));
    CHECK(message.find('\n') == std::string::npos);
  }
}

TEST_CASE("an assignment without a value is refused, for ranks inherit the environment anyway") {
  CHECK(error_of({"--env", "HOME"}) ==
        "--env: 'HOME' is not an assignment (allowed: NAME=VALUE, with a name that is not empty and has no blanks)");
}
