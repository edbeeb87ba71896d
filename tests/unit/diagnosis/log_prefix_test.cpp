// Which rank wrote a line, by the prefixes of launchers and by the names of files.
#include "catch.hpp"
#include "gpulaunch/diagnosis/logs/log_names.hpp"
#include "log_case_support.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;
using Ranks = std::vector<int>;

namespace {

// Two ranks, each of which says "ready" and then something of its own, under the prefixes given.
std::string two_speakers(const std::string& first, const std::string& second) {
  return first + "ready\n" + second + "ready\n" + first + "one\n" + second + "two\n";
}

std::string numbered(const std::string& name) {
  const auto rank = read_log_names({name, "x/other"}).front().rank;
  return rank ? std::to_string(*rank) : "none";
}

}  // namespace

TEST_CASE("prefixes that launchers put before lines name the rank and are taken off") {
  const std::vector<std::pair<std::string, std::string>> prefixes{
      {"[rank0]: ", "[rank1]: "},
      {"[rank0]:", "[rank1]:"},
      {"[default0]:", "[default1]:"},
      {"[default0]:[rank0]: ", "[default1]:[rank1]: "},
      {"[trainer0|0]:", "[trainer1|1]:"},
      {"[0] ", "[1] "},
      {"12:05:40.123 [0] ", "12:05:40.456 [1] "},
      {"0: ", "1: "},
      {" 0: ", " 1: "},
      {"0: [rank0]: ", "1: [rank1]: "},
      {"[1,0]<stderr>:", "[1,1]<stderr>:"},
      {"[1,0]<stdout>: ", "[1,1]<stderr>: "},
      {"Wed Apr 22 21:34:20 2026[1,0]<stdout>:", "Wed Apr 22 21:34:21 2026[1,1]<stdout>:"},
      {"[prterun-host-77@1,0]<stdout>: ", "[prterun-host-77@1,1]<stdout>: "},
      {"[prterun-host-77@1,0][host:81]<stdout>: ", "[prterun-host-77@1,1][host:82]<stdout>: "},
      {"[0]<stdout>:", "[1]<stdout>:"},
      {"(VllmWorker rank=0 pid=17) ", "(VllmWorker rank=1 pid=18) "},
      {"(Worker_TP0 pid=17) ", "(Worker_TP1 pid=18) "},
      {"[2026-04-22 21:34:20 TP0] ", "[2026-04-22 21:34:20 TP1] "},
      {"(WorkerDict pid=17) [rank0]: ", "(WorkerDict pid=18) [rank1]: "},
      {"train-worker-0 ", "train-worker-1 "},
      {"[pod/train-worker-0/main] ", "[pod/train-worker-1/main] "},
      {"2026-11-22T12:05:40.123456789Z [rank0]: ", "2026-11-22T12:05:41.5Z [rank1]: "},
      {"[2026-04-22 21:34:20] [rank0]: ", "[2026-04-22 21:34:21] [rank1]: "},
      {"Apr 22 21:34:20 node01 job[812]: [rank0]: ", "Apr 22 21:34:21 node01 job[812]: [rank1]: "},
      {"\x1b[36m[0]\x1b[0m ", "\x1b[32m[1]\x1b[0m "},
      {"\x1b[36m(Worker_TP0 pid=17)\x1b[0;0m ", "\x1b[36m(Worker_TP1 pid=18)\x1b[0;0m "},
      {"worker-0  | ", "worker-1  | "},
      {"10.0.0.1: [rank0]: ", "10.0.0.2: [rank1]: "}};
  for (const auto& [first, second] : prefixes) {
    INFO(first);
    const auto logs = read(two_speakers(first, second));
    CHECK(ranks_of(logs) == Ranks{0, 1});
    CHECK(said(logs, 0) == "ready|one");
    CHECK(said(logs, 1).find("two") != std::string::npos);
    CHECK(said(logs, 1).find(second) == std::string::npos);
    CHECK(logs.names.empty());
  }
}

TEST_CASE("lines that name their rank themselves are kept whole") {
  const auto logs = read(
      "[E ProcessGroupNCCL.cpp:916] [Rank 3] NCCL watchdog thread terminated\n"
      "[rank1]:[E626 06:24:44.9 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout\n");
  CHECK(said(logs, 3) == "[E ProcessGroupNCCL.cpp:916] [Rank 3] NCCL watchdog thread terminated");
  CHECK(said(logs, 1) ==
        "[E626 06:24:44.9 ProcessGroupNCCL.cpp:616] [Rank 1] Watchdog caught collective operation timeout");
}

TEST_CASE("a numbered list is no output of ranks") {
  const auto logs = read(log_text("list.log"));
  CHECK(ranks_of(logs) == Ranks{0});
  CHECK(logs.names.at(0) == "the program");
  CHECK(said(logs, 0).find("2: pears") != std::string::npos);
}

TEST_CASE("sentences with a colon are no hosts") {
  const auto logs = read("INFO: begin\nWARNING: slow\nINFO: step 1\nINFO: step 2\nERROR: broken\n");
  CHECK(logs.names.at(0) == "the program");
}

TEST_CASE("a line that stands for several ranks is given to each") {
  const auto logs = read("[0-2] hello\n[0] a\n[0] b\n[0-2] bye\n[1] c\n[1] d\n[2] e\n[2] f\n");
  CHECK(said(logs, 2) == "hello|bye|e|f");
  CHECK(said(logs, 0) == "hello|a|b|bye");
}

TEST_CASE("a task whose lines name several ranks is a launcher and no rank") {
  const auto logs = read("0: [rank0]: a\n0: [rank1]: b\n1: [rank2]: c\n1: [rank3]: d\n0: agent says\n1: agent says\n");
  CHECK(said(logs, 0) == "a");
  CHECK(said(logs, 1) == "b");
  CHECK(said(logs, nameless_rank) == "agent says|agent says");
}

TEST_CASE("an actor's lines belong to the rank that one of them names") {
  const auto logs = read(log_text("ray_actors.log"));
  CHECK(said(logs, 1).find("ValueError: shard 17 is empty") != std::string::npos);
  CHECK(said(logs, 2) == "raylet started");
  CHECK(logs.names.at(2) == "process 700");
}

TEST_CASE("a process that NCCL tells the rank of keeps it") {
  const auto logs = read(
      "node1:4288:4421 [1] NCCL INFO comm 0x5649 rank 5 nranks 8 cudaDev 1 busId a7000 - Init COMPLETE\n"
      "node1:4288:4421 [1] NCCL INFO comm 0x5650 rank 1 nranks 2 cudaDev 1 busId a7000 - Init COMPLETE\n"
      "node1:4288:4430 [1] misc/socket.cc:71 NCCL WARN socketProgress: Connection closed\n");
  CHECK(ranks_of(logs) == Ranks{5});
  CHECK(logs.file.world_size == 8);
}

TEST_CASE("pods of two kinds with the same numbers are called by their names") {
  const auto logs = read(log_text("pods.log"));
  std::vector<std::string> names;
  for (const auto& [rank, name] : logs.names) names.push_back(name);
  CHECK(names == std::vector<std::string>{"train-master-0", "train-worker-0", "train-worker-1"});
}

TEST_CASE("arguments of GNU parallel are names") {
  const auto logs = read(log_text("parallel_tag.log"));
  CHECK(logs.names.size() == 3);
  CHECK(said(logs, 1).find("KeyError") != std::string::npos);
}

TEST_CASE("hosts without ranks are called by their names") {
  const auto logs = read(two_speakers("gpu01: ", "gpu02: "));
  CHECK(logs.names.at(0) == "gpu01");
  CHECK(said(logs, 1) == "ready|two");
}

TEST_CASE("the name of a file says whose it is") {
  CHECK(numbered("rank_3.log") == "3");
  CHECK(numbered("logs/3/stderr.log") == "3");
  CHECK(numbered("/x/none_ab12/attempt_0/3/stdout.log") == "3");
  CHECK(numbered("node1.rank03.txt") == "3");
  CHECK(numbered("train-job-worker-3.log") == "3");
  CHECK(numbered("train.log") == "none");
}

TEST_CASE("the last number of names that differ in it is the rank") {
  const auto names = read_log_names({"slurm-123_0.out", "slurm-123_3.out"});
  CHECK(names[0].rank == 0);
  CHECK(names[1].rank == 3);
  CHECK_FALSE(read_log_names({"log.3"}).front().rank);
  CHECK_FALSE(read_log_names({"a.1.log", "b.1.log"}).front().rank);
}

TEST_CASE("each of several files is a rank of its own") {
  const auto logs = read({{"out/rank_1.log", "one\n"}, {"out/rank_4.log", "four\n"}});
  CHECK(said(logs, 4) == "four");
  CHECK(logs.names.empty());
  const auto named = read({{"alpha.log", "one\n"}, {"beta.log", "two\n"}});
  CHECK(named.names.at(1) == "beta.log");
}

TEST_CASE("times before lines are taken off and tell their order") {
  const auto logs = read("2026-11-22T12:05:40Z [rank0]: a\n2026-11-22T13:05:42+01:00 [rank1]: b\n");
  REQUIRE(account(logs, 1) != nullptr);
  CHECK(account(logs, 0)->err.front().at == Nanos(0));
  CHECK(account(logs, 1)->err.front().at == std::chrono::seconds(2));
  CHECK(account(logs, 1)->last_output == std::chrono::seconds(2));
}
