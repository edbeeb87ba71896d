#include "gpulaunch/process/cgroup.hpp"

#include "catch.hpp"
#include "gpulaunch/process/family.hpp"
#include "gpulaunch/process/mounts.hpp"
#include "processes.hpp"
#include "seccomp.hpp"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

std::optional<CgroupLeaf> leaf_if_allowed() {
  const auto parent = delegated_cgroup();
  auto leaf = parent ? CgroupLeaf::make(*parent, 0) : tl::unexpected(Error{});
  if (leaf) return std::move(*leaf);
  WARN("skipped: no cgroup v2 in which leaves may be made " << leaf.error().message);
  return std::nullopt;
}

// What a started child says of its own cgroup.
std::string cgroup_of_child_in(int leaf) {
  Pipe output = make_pipe();
  Command command({"/bin/cat", "/proc/self/cgroup"});
  command.spec.stdio = {0, output.write.get(), 2};
  command.spec.cgroup = leaf;
  Spawner spawner(inherited_signals());
  const auto child = spawner.start(command.spec);
  REQUIRE(child);
  output.write.reset();
  const auto text = read_to_end(output.read.get());
  CHECK(wait_for(child->pid) == Outcome::exited(0));
  return text;
}

std::string name_of(const CgroupLeaf& leaf) { return std::filesystem::path(leaf.path()).filename(); }

pid_t start_sleeper_in(int leaf) {
  Command command({"/bin/sleep", "1000"});
  command.spec.cgroup = leaf;
  const auto child = Spawner(inherited_signals()).start(command.spec);
  REQUIRE(child);
  return child->pid;
}

}  // namespace

TEST_CASE("our cgroup's folder is found wherever the hierarchy is mounted, and however much of it") {
  const std::string rest = " rw,relatime shared:4 - cgroup2 cgroup2 rw\n";
  const std::string v1 = "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n";
  struct Row {
    std::string membership, mounts;
    std::optional<std::string> folder;
  };
  const std::vector<Row> rows{
      {"0::/\n", "38 31 0:41 / /sys/fs/cgroup" + rest, "/sys/fs/cgroup"},
      {"9:pids:/x\n0::/a/b\n", v1 + "41 31 0:38 / /sys/fs/cgroup/unified" + rest, "/sys/fs/cgroup/unified/a/b"},
      {"0::/docker/1f/job\n", "38 31 0:41 /docker/1f /sys/fs/cgroup" + rest, "/sys/fs/cgroup/job"},
      {"0::/docker/1f\n", "38 31 0:41 /docker/1f /sys/fs/cgroup" + rest, "/sys/fs/cgroup"},
      {"0::/docker/1fe\n", "38 31 0:41 /docker/1f /sys/fs/cgroup" + rest, std::nullopt},
      {"0::/a\n", "38 31 0:41 / /mnt/c\\040g" + rest, "/mnt/c g/a"},
      {"0::/../elsewhere\n", "38 31 0:41 / /sys/fs/cgroup" + rest, std::nullopt},
      {"0::/a\n", v1, std::nullopt},
      {"4:memory:/a\n", "38 31 0:41 / /sys/fs/cgroup" + rest, std::nullopt},
      {"", "", std::nullopt},
  };
  for (const auto& row : rows) {
    CAPTURE(row.membership, row.mounts);
    CHECK((cgroup_folder(row.membership, row.mounts) == row.folder));
  }
}

TEST_CASE("a group of cgroup v1 is found by its controller, which may share a hierarchy with others") {
  const std::string mounts =
      "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
      "35 31 0:32 /docker/1f /sys/fs/cgroup/memory ro,relatime - cgroup cgroup rw,memory\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
  const std::string membership = "4:memory:/docker/1f/job\n3:cpu,cpuacct:/\n1:name=systemd:/\n0::/\n";
  CHECK(cgroup_v1_folder(membership, mounts, "memory") == "/sys/fs/cgroup/memory/job");
  CHECK(cgroup_v1_folder(membership, mounts, "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK_FALSE(cgroup_v1_folder(membership, mounts, "pids").has_value());
}

TEST_CASE("a path lies on the deepest mount, and on the latest of the same place") {
  const auto mounts = parse_mounts(
      "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
      "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw,size=64k\n"
      "30 25 0:27 / /dev/shm rw - tmpfs tmpfs rw,size=65536k\n"
      "50 27 0:60 / /data\\040sets rw - nfs4 server:/data rw,hard\n"
      "nonsense\n");
  REQUIRE(mounts.size() == 4);
  CHECK(mount_of(mounts, "/home/x")->type == "ext4");
  CHECK(mount_of(mounts, "/dev/shm/a")->has_option("size=65536k"));
  CHECK(mount_of(mounts, "/dev/shmx")->type == "ext4");
  CHECK(mount_of(mounts, "/data sets")->type == "nfs4");
  CHECK(mount_of({}, "/") == nullptr);
}

TEST_CASE("a child that is started in a leaf is there from the start") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  CHECK(mentions(cgroup_of_child_in(leaf->fd()), name_of(*leaf)));
  CHECK_FALSE(mentions(cgroup_of_child_in(-1), name_of(*leaf)));
  CHECK(remove_cgroup(leaf->path()));
}

TEST_CASE("a leaf that was killed before, which may kill the newborn, still takes a child") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  CHECK(kill_cgroup(leaf->path().c_str()));
  CHECK(mentions(cgroup_of_child_in(leaf->fd()), name_of(*leaf)));
  CHECK(remove_cgroup(leaf->path()));
}

TEST_CASE("where clone3 is forbidden the child moves to the leaf itself") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  const pid_t actor = fork_actor([&] {
    if (!CallFilter({SYS_clone3}, SECCOMP_RET_ERRNO | ENOSYS).install()) ::_exit(77);
    ::_exit(mentions(cgroup_of_child_in(leaf->fd()), name_of(*leaf)) ? 0 : 1);
  });
  const auto outcome = wait_for(actor);
  CHECK((outcome == Outcome::exited(0) || outcome == Outcome::exited(77)));
  CHECK(remove_cgroup(leaf->path()));
}

TEST_CASE("a child that cannot enter its cgroup says so") {
  const Fd root(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Command command({"/bin/true"});
  command.spec.cgroup = root.get();
  const auto child = Spawner(inherited_signals()).start(command.spec);
  REQUIRE_FALSE(child);
  CHECK(child.error().stage == SpawnStage::cgroup);
}

TEST_CASE("killing a leaf takes everyone in it, and it can be removed when they are reaped") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  CHECK_FALSE(leaf->populated());
  const pid_t sleeper = start_sleeper_in(leaf->fd());
  const pid_t stopped = start_sleeper_in(leaf->fd());
  ::kill(stopped, SIGSTOP);
  CHECK(leaf->populated());
  CHECK_FALSE(remove_cgroup(leaf->path()));
  CHECK(kill_cgroup(leaf->path().c_str()));
  CHECK(wait_for(sleeper) == Outcome::signaled(SIGKILL));
  CHECK(wait_for(stopped) == Outcome::signaled(SIGKILL));
  CHECK_FALSE(leaf->populated());
  CHECK(remove_cgroup(leaf->path()));
  CHECK_FALSE(kill_cgroup(leaf->path().c_str()));
}

TEST_CASE("the groups that a job has made below its leaf are removed with it") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  std::filesystem::create_directories(leaf->path() + "/a/b");
  CHECK(remove_cgroup(leaf->path()));
  CHECK_FALSE(std::filesystem::exists(leaf->path()));
}

TEST_CASE("the leaf of a dead launcher is killed and removed, that of a living one is not") {
  const auto leaf = leaf_if_allowed();
  if (!leaf) return;
  const Subreaper reaper;
  const auto parent = std::filesystem::path(leaf->path()).parent_path().string();
  const auto pids = make_pipe();
  const pid_t launcher = fork_actor([&] {
    const auto its = CgroupLeaf::make(parent, 0);
    send_pid(pids.write.get(), start_sleeper_in(its->fd()));
    sleep_for_ever();
  });
  const pid_t sleeper = receive_pid(pids.read.get());
  const auto stale_leaf = [&] {
    const auto begin = "gpulaunch-" + std::to_string(launcher) + "-";
    for (const auto& entry : std::filesystem::directory_iterator(parent)) {
      if (entry.path().filename().string().starts_with(begin)) return true;
    }
    return false;
  };
  remove_stale_leaves(parent);
  CHECK(stale_leaf());
  CHECK_FALSE(peek_exit_of(launcher));
  ::kill(launcher, SIGKILL);
  CHECK(wait_for(launcher) == Outcome::signaled(SIGKILL));
  remove_stale_leaves(parent);
  CHECK(wait_for(sleeper) == Outcome::signaled(SIGKILL));
  remove_stale_leaves(parent);
  CHECK_FALSE(stale_leaf());
  CHECK(std::filesystem::exists(leaf->path()));
  CHECK(remove_cgroup(leaf->path()));
}
