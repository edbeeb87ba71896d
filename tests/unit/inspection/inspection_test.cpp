#include "gpulaunch/inspection/inspection.hpp"

#include "catch.hpp"
#include "leftovers.hpp"
#include "ranks.hpp"
#include "scratch.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace gpulaunch::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// What each descriptor of a process is open on.
std::map<std::string, std::string> files_of(pid_t pid) {
  std::map<std::string, std::string> files;
  for (const auto& number : entries_of("/proc/" + std::to_string(pid) + "/fd")) {
    std::error_code closed_meanwhile;
    files[number] =
        std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + number, closed_meanwhile).string();
  }
  return files;
}

TEST_CASE("a rank that sleeps is found asleep, idle, and in the call that it waits in") {
  const NoTools none;
  const PlayedRank rank(sleep_for_ever);
  rank.wait_for_state('S');
  const auto findings = findings_of({.ranks = {{.rank = 3, .pid = rank.pid()}}});
  REQUIRE(findings.ranks.size() == 1);
  const auto& found = findings.ranks.front();
  CHECK(found.rank == 3);
  CHECK(found.pid == rank.pid());
  CHECK(found.state == 'S');
  CHECK(found.processes == 1);
  CHECK(found.threads >= 1);  // a sanitizer may have one of its own
  CHECK(found.busy < 0.5);
  CHECK_FALSE(found.waits_in.empty());
}

TEST_CASE("a rank that spins is found busy, and waits in nothing") {
  const NoTools none;
  const PlayedRank rank(spin_for_ever);
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}});
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].state == 'R');
  CHECK(findings.ranks[0].busy > 0.1);  // of one core, on a machine that others may use
  CHECK(findings.ranks[0].waits_in.empty());
}

TEST_CASE("a stopped rank is found stopped, and stays so") {
  const NoTools none;
  const PlayedRank rank([] { ::raise(SIGSTOP); });
  rank.wait_for_stop();
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}});
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].state == 'T');
  CHECK(harness::process_state(rank.pid()) == 'T');
}

TEST_CASE("the children of a rank are part of its family") {
  const NoTools none;
  const PlayedRank rank([] {
    if (::fork() == 0) spin_for_ever();
    sleep_for_ever();
  });
  rank.wait_for_state('S');
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}});
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].state == 'S');
  CHECK(findings.ranks[0].processes == 2);
  CHECK(findings.ranks[0].busy > 0.1);
}

TEST_CASE("a rank that is gone is found in no state") {
  const NoTools none;
  pid_t gone = -1;
  {
    const PlayedRank rank(sleep_for_ever);
    gone = rank.pid();
  }
  const auto findings = findings_of({.ranks = {{.rank = 0, .pid = gone}}});
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].state == '?');
  CHECK(findings.ranks[0].processes == 0);
}

TEST_CASE("an inspection leaves no child and no descriptor behind") {
  const NoTools none;
  const PlayedRank rank(sleep_for_ever);
  const auto children_before = children();
  const auto descriptors_before = open_descriptors();
  static_cast<void>(findings_of({.ranks = {{.rank = 0, .pid = rank.pid()}}}));
  CHECK(children() == children_before);
  CHECK(open_descriptors() == descriptors_before);
}

TEST_CASE("an inspection that is dropped leaves no child behind either") {
  const NoTools none;
  const auto children_before = children();
  {
    auto inspection = Inspection::start({});
    REQUIRE(inspection);
    const auto moved = std::move(*inspection);
    CHECK(moved.pid() > 1);
  }
  CHECK(children() == children_before);
}

TEST_CASE("an inspection that is ended early has what was found until then") {
  const NoTools none;
  const PlayedRank rank(sleep_for_ever);
  auto inspection = Inspection::start({.ranks = {{.rank = 0, .pid = rank.pid()}}});
  REQUIRE(inspection);
  pollfd ready{inspection->fd(), POLLIN, 0};
  REQUIRE(::poll(&ready, 1, 30'000) == 1);
  const auto findings = inspection->finish();
  REQUIRE(findings.ranks.size() == 1);
  CHECK(findings.ranks[0].processes == 1);
}

TEST_CASE("an inspection survives that somebody else has reaped its child") {
  const NoTools none;
  auto inspection = Inspection::start({});
  REQUIRE(inspection);
  REQUIRE(::kill(inspection->pid(), SIGKILL) == 0);
  REQUIRE(::waitpid(inspection->pid(), nullptr, 0) == inspection->pid());
  CHECK(inspection->finish().ranks.empty());
}

TEST_CASE("the inspecting child holds no file of the supervisor's, and leads a session of its own") {
  const NoTools none;
  const harness::ScratchDir folder;
  harness::write_file(folder.file("ours"), "");
  const Fd ours(::open(folder.file("ours").c_str(), O_RDONLY));
  auto inspection = Inspection::start({.ranks = {{.rank = 0, .pid = ::getpid()}}});
  REQUIRE(inspection);
  pollfd ready{inspection->fd(), POLLIN, 0};
  REQUIRE(::poll(&ready, 1, 30'000) == 1);
  const auto files = files_of(inspection->pid());
  CHECK(files.at("0") == "/dev/null");
  CHECK(files.at("1") == "/dev/null");
  CHECK(files.at("2") == "/dev/null");
  for (const auto& [number, file] : files) CHECK(file != folder.file("ours"));
  CHECK(::getsid(inspection->pid()) == inspection->pid());
  static_cast<void>(inspection->finish());
}

TEST_CASE("when memory runs out the inspection ends before any rank") {
  const NoTools none;
  auto inspection = Inspection::start({.ranks = {{.rank = 0, .pid = ::getpid()}}});
  REQUIRE(inspection);
  pollfd ready{inspection->fd(), POLLIN, 0};
  REQUIRE(::poll(&ready, 1, 30'000) == 1);
  CHECK(harness::read_file("/proc/" + std::to_string(inspection->pid()) + "/oom_score_adj") == "1000\n");
  static_cast<void>(inspection->finish());
}

TEST_CASE("allowing an inspection does no harm where nothing needs to be allowed") {
  const PlayedRank rank([] {
    allow_inspection(::getppid());
    sleep_for_ever();
  });
  rank.wait_for_state('S');
  CHECK(::kill(rank.pid(), 0) == 0);
}

}  // namespace
}  // namespace gpulaunch::testing
