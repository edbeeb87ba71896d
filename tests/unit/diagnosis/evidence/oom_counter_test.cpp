#include "gpulaunch/diagnosis/evidence/oom_counter.hpp"

#include "catch.hpp"
#include "gpulaunch/diagnosis/evidence/limit_facts.hpp"
#include "scratch_folder.hpp"

using namespace gpulaunch;

namespace {

const std::string v2 = "38 31 0:41 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n";
const std::string v1 =
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

void machine(const ScratchFolder& root, const std::string& membership, const std::string& mounts) {
  root.write("proc/self/cgroup", membership);
  root.write("proc/self/mountinfo", mounts);
  root.write("proc/vmstat", "nr_free_pages 1\noom_kill 27\n");
}

}  // namespace

TEST_CASE("cgroup v2: the nearest group from the ranks' own upwards that counts kills is asked") {
  const ScratchFolder root;
  machine(root, "0::/a/b\n", v2);
  root.write("sys/fs/cgroup/a/memory.events", "low 0\nmax 5\noom 2\noom_kill 1\noom_group_kill 0\n");
  std::filesystem::create_directories(root.at("sys/fs/cgroup/a/b/leaf"));
  const auto above = OomCounter::find(read_own_cgroups(root.path()), root.at("sys/fs/cgroup/a/b/leaf"));
  CHECK(above.read() == 1);
  CHECK(above.cgroup_path() == "/a");
  CHECK(above.place() == "cgroup " + root.at("sys/fs/cgroup/a"));
  root.write("sys/fs/cgroup/a/b/leaf/memory.events", "oom_kill 4\n");
  const auto leaf = OomCounter::find(read_own_cgroups(root.path()), root.at("sys/fs/cgroup/a/b/leaf"));
  CHECK(leaf.cgroup_path() == "/a/b/leaf");
  CHECK(leaf.read() == 4);
  std::filesystem::remove_all(root.at("sys/fs/cgroup/a/b/leaf"));
  CHECK_FALSE(leaf.read().has_value());
}

TEST_CASE("cgroup v2 without a leaf of ours: the launcher's own group counts") {
  const ScratchFolder root;
  machine(root, "0::/\n", v2);
  root.write("sys/fs/cgroup/memory.events", "oom_kill 3\n");
  CHECK(OomCounter::find(read_own_cgroups(root.path()), "").read() == 3);
  CHECK(OomCounter::find(read_own_cgroups(root.path()), "").cgroup_path() == "");
}

TEST_CASE("cgroup v1: memory.oom_control counts, with a leaf of version 2 beside it too") {
  const ScratchFolder root;
  machine(root, "4:memory:/box/7\n0::/\n", v1);
  std::filesystem::create_directories(root.at("sys/fs/cgroup/unified/leaf"));
  root.write("sys/fs/cgroup/memory/box/7/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 6\n");
  for (const auto& leaf : {std::string(), root.at("sys/fs/cgroup/unified/leaf")}) {
    const auto counter = OomCounter::find(read_own_cgroups(root.path()), leaf);
    CHECK(counter.read() == 6);
    CHECK(counter.cgroup_path() == "/box/7");
  }
}

TEST_CASE("without a cgroup that counts, the whole machine does; without that, nobody") {
  const ScratchFolder root;
  machine(root, "0::/a\n", v2);
  const auto counter = OomCounter::find(read_own_cgroups(root.path()), "");
  CHECK(counter.read() == 27);
  CHECK(counter.place() == "this machine");
  CHECK_FALSE(counter.cgroup_path().has_value());
  CHECK_FALSE(OomCounter::find(read_own_cgroups("/nonexistent"), "").read().has_value());
}

TEST_CASE("a count is found by its whole name alone") {
  CHECK(count_named("oom_kill_disable 0\noom_kill 12\n", "oom_kill") == 12);
  CHECK_FALSE(count_named("oom_kill_disable 0\n", "oom_kill").has_value());
  CHECK_FALSE(count_named("oom_kill x\n", "oom_kill").has_value());
}

TEST_CASE("the nearest group that limits tasks is asked, in both versions of cgroups") {
  const ScratchFolder root;
  machine(root, "0::/a/b\n", v2);
  CHECK_FALSE(read_task_limit(read_own_cgroups(root.path()), "").has_value());
  root.write("sys/fs/cgroup/a/b/pids.current", "10\n");
  root.write("sys/fs/cgroup/a/b/pids.max", "max\n");
  root.write("sys/fs/cgroup/a/pids.current", "95\n");
  root.write("sys/fs/cgroup/a/pids.max", "100\n");
  root.write("sys/fs/cgroup/a/pids.events", "max 3\n");
  const auto limit = read_task_limit(read_own_cgroups(root.path()), "");
  REQUIRE(limit.has_value());
  CHECK(limit->folder == root.at("sys/fs/cgroup/a"));
  CHECK(limit->most == 100);
  CHECK(limit->now == 95);
  CHECK(limit->refused == 3);
  machine(root, "8:pids:/x\n0::/\n", v1);
  root.write("sys/fs/cgroup/pids/x/pids.current", "7\n");
  root.write("sys/fs/cgroup/pids/x/pids.max", "64\n");
  CHECK(read_task_limit(read_own_cgroups(root.path()), "")->most == 64);
}
