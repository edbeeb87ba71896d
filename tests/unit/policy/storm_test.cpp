// Verdicts over made-up families: what is a spawn storm, and what only looks like one.
#include "gpulaunch/policy/storm.hpp"

#include "catch.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace gpulaunch;
using namespace std::chrono_literals;

namespace {

constexpr auto spawned = "python3 -c from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)";

// A job of one or two ranks that changes from look to look.
class Family final : public StormEvidence {
 public:
  Family& add(int pid, int parent, std::string command, int rank = 0) {
    commands_[pid] = std::move(command);
    stacks_[pid] = 7000 + static_cast<std::uint64_t>(pid);
    processes_.push_back({.pid = pid, .parent = parent, .start_time = ++clock_, .rank = rank});
    return *this;
  }
  Family& fork(int pid, int parent, int rank = 0) {
    add(pid, parent, commands_[parent], rank);
    stacks_[pid] = stacks_[parent];
    return *this;
  }
  Family& end(int pid) {
    std::erase_if(processes_, [pid](const auto& process) { return process.pid == pid; });
    return *this;
  }
  Family& die(int pid, bool failed) {
    find(pid).dead = true;
    failed_[pid] = failed;
    return *this;
  }
  std::optional<Storm> look(Nanos time) { return judge_.judge(processes_, *this, Mono(time)); }

  std::string command_of(int pid) override {
    ++commands_read;
    return commands_[pid];
  }
  std::uint64_t stack_of(int pid) override { return stacks_[pid]; }
  bool has_failed(int pid) override { return failed_[pid]; }
  std::optional<std::string> repeated_error(int) override { return error; }

  std::optional<std::string> error;
  int commands_read = 0;

 private:
  StormProcess& find(int pid) {
    return *std::find_if(processes_.begin(), processes_.end(), [pid](const auto& one) { return one.pid == pid; });
  }

  std::vector<StormProcess> processes_;
  std::map<int, std::string> commands_;
  std::map<int, std::uint64_t> stacks_;
  std::map<int, bool> failed_;
  std::uint64_t clock_ = 0;
  StormJudge judge_{StormLimits{}};
};

// `count` processes, one after the other, each there at one look and gone at the next.
std::optional<Storm> come_and_go(Family& family, int count, const std::string& command, Nanos pace) {
  for (int i = 0; i < count; ++i) {
    const int pid = 1000 + i;
    family.add(pid, 10, fmt::format("{} {}", command, i));
    if (auto storm = family.look(i * pace)) return storm;
    family.end(pid);
  }
  return family.look(count * pace);
}

}  // namespace

TEST_CASE("more processes of one rank than allowed are a storm of that rank, and the dead do not count") {
  Family family;
  family.add(10, 1, "python3 train.py", 0).add(20, 1, "python3 train.py", 1);
  for (int i = 0; i < 1024; ++i) family.add(100 + i, 20, "worker", 1);
  family.die(100, false);
  CHECK_FALSE(family.look(1s));
  family.add(5000, 20, "worker", 1);
  const auto storm = family.look(2s);
  REQUIRE(storm);
  CHECK(storm->kind == StormKind::growth);
  CHECK(storm->rank == 1);
  CHECK(storm->count == 1025);
}

TEST_CASE("processes that no rank can be named for are counted on their own") {
  Family family;
  for (int i = 0; i < 1025; ++i) family.add(100 + i, 1, "daemon", -1);
  const auto storm = family.look(1s);
  REQUIRE(storm);
  CHECK_FALSE(storm->rank);
}

TEST_CASE("a script that executes itself ever deeper is a storm, whatever stands between") {
  Family family;
  family.add(100, 1, "python3 train.py --port 29500");
  for (int level = 1; level < 16; ++level) {
    CHECK_FALSE(family.look(level * 1s));
    const int pid = 100 + 2 * level;
    family.add(pid - 1, pid - 2, fmt::format("sh -c '{}'", std::string(static_cast<std::size_t>(level), 'x')));
    family.add(pid, pid - 1, fmt::format("python3 train.py --port {}", 29500 + level));
  }
  const auto storm = family.look(20s);
  REQUIRE(storm);
  CHECK(storm->kind == StormKind::recursion);
  CHECK(storm->count == 16);
  CHECK(storm->command.starts_with("python3 train.py --port 295"));
}

TEST_CASE("forks of forks are no recursion, however deep") {
  Family family;
  family.add(100, 1, "bash recursive.sh");
  for (int level = 1; level < 60; ++level) family.fork(100 + level, 99 + level);
  CHECK_FALSE(family.look(1s));
}

TEST_CASE("a deep chain of different commands is no recursion") {
  Family family;
  family.add(100, 1, "a");
  for (int level = 1; level < 60; ++level)
    family.add(100 + level, 99 + level, "make -C " + std::string(static_cast<std::size_t>(level), 'd'));
  CHECK_FALSE(family.look(1s));
}

TEST_CASE("a pool whose workers fail as they start is a storm") {
  Family family;
  family.add(10, 1, "python3 train.py");
  family.error = "RuntimeError: no main guard";
  const auto storm = come_and_go(family, 60, spawned, 300ms);
  REQUIRE(storm);
  CHECK(storm->kind == StormKind::respawning);
  CHECK(storm->rank == 0);
  CHECK(storm->count == 50);
  CHECK(storm->error == "RuntimeError: no main guard");
  CHECK(storm->command.starts_with(spawned));
}

TEST_CASE("a pool whose output nobody can read is judged by how its workers end") {
  Family family;
  family.add(10, 1, "python3 train.py");
  std::optional<Storm> storm;
  for (int i = 0; i < 60 && !storm; ++i) {
    family.add(1000 + i, 10, spawned);
    storm = family.look(i * 300ms);
    if (i % 3 == 0) family.die(1000 + i, true);
    if (i > 0) family.end(999 + i);
  }
  REQUIRE(storm);
  CHECK(storm->kind == StormKind::respawning);
  CHECK(storm->error.empty());
}

TEST_CASE("workers that are started anew for each epoch and do not fail are none") {
  Family family;
  family.add(10, 1, "python3 train.py");
  CHECK_FALSE(come_and_go(family, 1000, spawned, 300ms));
}

TEST_CASE("many short commands without a common error are none, and each is read once") {
  Family family;
  family.add(10, 1, "make");
  CHECK_FALSE(come_and_go(family, 1000, "cc -c", 100ms));
  CHECK(family.commands_read == 1001);
}

TEST_CASE("any other command must fail by the hundred in a minute") {
  Family family;
  family.add(10, 1, "bash loop.sh");
  family.error = "ConnectionRefusedError: not yet";
  CHECK_FALSE(come_and_go(family, 400, "python3 probe.py", 250ms));  // 240 a minute: somebody waits for a server
  Family fast;
  fast.add(10, 1, "bash loop.sh");
  fast.error = family.error;
  const auto storm = come_and_go(fast, 400, "python3 probe.py", 100ms);
  REQUIRE(storm);
  CHECK(storm->count == 300);
}

TEST_CASE("workers that did some work before they failed are none") {
  Family family;
  family.add(10, 1, "python3 train.py");
  family.error = "KeyboardInterrupt";
  for (int i = 0; i < 128; ++i) family.add(100 + i, 10, spawned);
  CHECK_FALSE(family.look(0s));
  for (int i = 0; i < 128; ++i) family.end(100 + i);
  CHECK_FALSE(family.look(30s));
}

TEST_CASE("failures long ago are forgotten") {
  Family family;
  family.add(10, 1, "python3 train.py");
  CHECK_FALSE(come_and_go(family, 49, spawned, 300ms));
  family.error = "RuntimeError: no main guard";
  CHECK_FALSE(family.look(100s));
  family.add(5000, 10, spawned);
  CHECK_FALSE(family.look(101s));
  family.end(5000);
  CHECK_FALSE(family.look(102s));
}

TEST_CASE("the shape of a command has no digits") {
  CHECK(command_shape("spawn_main(tracker_fd=15, pipe_handle=7)") == "spawn_main(tracker_fd=, pipe_handle=)");
}
