#include "gpulaunch/inspection/wrapped_rank.hpp"

#include "catch.hpp"
#include "launch.hpp"
#include "ranks.hpp"
#include "scratch.hpp"

#include <unistd.h>

#include <charconv>

namespace gpulaunch::testing {
namespace {

pid_t number_in(const std::string& path) {
  wait_for_file(path);
  const auto text = harness::read_file(path);
  pid_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool lacks_children_lists() {
  const auto own = std::to_string(::getpid());
  const bool has = ::access(("/proc/" + own + "/task/" + own + "/children").c_str(), R_OK) == 0;
  return harness::skipped_unless(has, "this kernel keeps no lists of children");
}

TEST_CASE("a rank that does its own work is its own worker") {
  const PlayedRank rank({"sleep", "1000"});
  rank.wait_for_state('S');
  CHECK(worker_of(rank.pid()) == rank.pid());
}

TEST_CASE("the worker of a script is the only program that the script runs") {
  if (lacks_children_lists()) return;
  const harness::ScratchDir folder;
  const auto told = folder.file("pid");
  // Renamed, so that nobody sees half of the number.
  const auto inner = "echo $$ > " + told + ".new; mv " + told + ".new " + told + "; exec sleep 1000";
  const PlayedRank rank({"sh", "-c", "sh -c '" + inner + "'; true"});
  const auto worker = number_in(told);
  CHECK(worker != rank.pid());
  REQUIRE(comes_true([&] { return harness::read_file("/proc/" + std::to_string(worker) + "/comm") == "sleep\n"; }));
  CHECK(worker_of(rank.pid()) == worker);
  const auto ranks = with_workers({{.rank = 3, .pid = rank.pid()}});
  CHECK(ranks.at(0).pid == worker);
  CHECK(ranks.at(0).leader == rank.pid());
}

TEST_CASE("a script with several programs at once is looked at itself") {
  const harness::ScratchDir folder;
  const auto told = folder.file("pid");
  const PlayedRank rank({"sh", "-c", "sleep 1000 & sleep 1000 & touch " + told + "; wait"});
  wait_for_file(told);
  rank.wait_for_state('S');
  CHECK(worker_of(rank.pid()) == rank.pid());
}

TEST_CASE("a rank in a script is looked at in its worker, and counted with its script") {
  if (lacks_children_lists()) return;
  const NoTools none;
  const harness::ScratchDir folder;
  const auto told = folder.file("pid");
  const PlayedRank rank({"/bin/sh", "-c", "/bin/sh -c 'echo > " + told + "; kill -STOP $$'; true"});
  wait_for_file(told);
  Findings findings;
  const auto stops = [&] {
    findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}});
    return findings.ranks.at(0).state == 'T';
  };
  REQUIRE(comes_true(stops));
  CHECK(findings.ranks[0].pid != rank.pid());
  CHECK(findings.ranks[0].processes == 2);
}

}  // namespace
}  // namespace gpulaunch::testing
