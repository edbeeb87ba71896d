// Rows F43, F60 and F61: jobs in cgroups of their own. Each test has a cgroup to itself, in which its launchers live,
// so that what others start on this machine neither removes its leaves nor adds to them.
#include "catch.hpp"
#include "gpulaunch/process/cgroup.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <utility>

using namespace harness;
namespace fs = std::filesystem;

namespace {

class HomeGroup {
 public:
  explicit HomeGroup(const fs::path& parent) : path_(parent / ("launchers-" + make_uuid())) {
    fs::create_directory(path_);
  }
  HomeGroup(HomeGroup&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  HomeGroup(const HomeGroup&) = delete;  // it is removed once
  HomeGroup& operator=(const HomeGroup&) = delete;
  HomeGroup& operator=(HomeGroup&&) = delete;
  ~HomeGroup() {
    if (path_.empty()) return;
    gpulaunch::kill_cgroup(path_.c_str());
    static_cast<void>(eventually([this] { return gpulaunch::remove_cgroup(path_); }));
  }

  [[nodiscard]] const fs::path& path() const { return path_; }

  // A launcher that lives here. Its number is that of the shell that it is started through.
  [[nodiscard]] Launch launch() const {
    return Launch{}
        .env("HOME_GROUP", path_)
        .through({"/bin/sh", "-c", "echo $$ > $HOME_GROUP/cgroup.procs; exec \"$@\"", "sh"});
  }

  // The same on a machine that systemd seems to run.
  [[nodiscard]] Launch launch_under_systemd() const {
    return Launch{}
        .env("HOME_GROUP", path_)
        .through({"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                  "mount -t tmpfs none /run && mkdir -p /run/systemd/system && echo $$ > $HOME_GROUP/cgroup.procs && "
                  "exec \"$@\"",
                  "sh"});
  }

  [[nodiscard]] std::vector<fs::path> leaves() const {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.is_directory()) folders.push_back(entry.path());
    }
    return folders;
  }

 private:
  fs::path path_;
};

// Nothing where no launcher makes cgroups.
std::optional<HomeGroup> home_group() {
  const auto parent = gpulaunch::delegated_cgroup();
  const bool usable = parent && gpulaunch::CgroupLeaf::make(*parent, 0)
                                    .map([](const auto& leaf) { return gpulaunch::remove_cgroup(leaf.path()); })
                                    .value_or(false);
  if (skipped_unless(usable, "no cgroup v2 in which a launcher may make its own")) return std::nullopt;
  return HomeGroup(*parent);
}

constexpr auto contained = "in a cgroup of the job's own";

// All guardians at once, so that nobody is left who could end more than the leaders of the ranks.
void kill_all_guardians(HostileJob& job) {
  for (const auto who : {Who::core, Who::anchor, Who::front}) job.hit(who, SIGSTOP);
  for (const auto who : {Who::core, Who::anchor, Who::front}) job.hit(who, SIGKILL);
}

// The group of a leader, as the kernel names it: a path from the root of what we see.
fs::path leaf_of_only_job(const HomeGroup& home) {
  const auto leaves = home.leaves();
  REQUIRE(leaves.size() == 1);
  return leaves.front();
}

}  // namespace

// The nearest that comes without a memory controller: the kernel kills everybody in the leaf at one go.
TEST_CASE("F43 a job whose whole cgroup is killed ends with 137 and its guardians live to say so") {
  const auto home = home_group();
  if (!home) return;
  HostileJob job(home->launch());
  CHECK(gpulaunch::kill_cgroup(leaf_of_only_job(*home).c_str()));
  job.expect_nobody_left(10 * soon).expect_exit(128 + SIGKILL).expect_err_has("killed by SIGKILL");
  CHECK(home->leaves().empty());
}

// A leaf has a memory limit only when the launchers' own group hands the controller down, which the kernel allows to
// the root of all groups alone while processes are in it.
TEST_CASE("F43 a job whose cgroup runs out of memory as a whole ends with 137 and its guardians live to say so") {
  const auto parent = gpulaunch::delegated_cgroup();
  const auto controllers = parent ? read_file(fs::path(*parent) / "cgroup.subtree_control") : std::string();
  if (skipped_unless(contains(controllers, "memory"), "leaves have no memory controller here")) return;
  const ScratchDir folder;
  Witness witness;
  const auto script =
      "exec 9> $WITNESS; setsid sleep 1000 & echo in place; until [ -e $GO ]; do sleep 0.05; done; "
      "if [ $RANK = 1 ]; then exec tail /dev/zero; fi; wait";
  auto job = Launch{}
                 .env("WITNESS", witness.path())
                 .env("GO", folder.file("go"))
                 .ranks(3)
                 .program("bash", "-c", script)
                 .start();
  job.wait_for_out("in place", 3);
  const auto core = std::to_string(only_child_of(only_child_of(job.pid())));
  for (const auto& entry : fs::directory_iterator(*parent)) {
    if (!contains(entry.path().filename().string(), "gpulaunch-" + core + "-")) continue;
    write_file(entry.path() / "memory.oom.group", "1");
    write_file(entry.path() / "memory.max", "100M");
  }
  write_file(folder.file("go"), "");
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(30 * soon).expect_exit(128 + SIGKILL);
}

// Linux compares how often two groups were killed when it clones into one of them, and takes a difference for a kill.
TEST_CASE("F60 a launcher in a cgroup that was killed before starts its ranks and contains them") {
  const auto home = home_group();
  if (!home) return;
  for (int round = 0; round < 3; ++round) {
    CHECK(gpulaunch::kill_cgroup(home->path().c_str()));
    home->launch()
        .flag("-v")
        .ranks(2)
        .worker("print here")
        .expect_exit(0)
        .expect_lines({labelled(0, "here"), labelled(1, "here")})
        .expect_err_has(contained);
    HostileJob job(home->launch());
    job.hit(Who::front, SIGKILL).expect_nobody_left().expect_killed_by(SIGKILL);
  }
}

TEST_CASE("F61 what a dead launcher left in its cgroup is killed by the next one, and a living one's job goes on") {
  const auto home = home_group();
  if (!home) return;
  HostileJob dead(home->launch().may_leave_processes().may_leave_files());
  auto living = home->launch().worker("print alive", "trap USR1 print still alive; exit 0", "sleep forever").start();
  living.wait_for_out("alive");
  const auto family = processes_with_cookie(dead.job().cookie());
  kill_all_guardians(dead);
  dead.job().child().pump_until([] { return false; }, soon);
  CHECK_FALSE(processes_with_cookie(dead.job().cookie()).empty());
  home->launch().program("true").expect_exit(0);
  CHECK(eventually([&] { return processes_with_cookie(dead.job().cookie()).empty(); }));
  dead.job().finish().expect_killed_by(SIGKILL);
  for (const auto& process : family) ::waitpid(process.pid, nullptr, __WALL);  // a group of zombies cannot go
  home->launch().program("true").expect_exit(0);
  CHECK(home->leaves().size() == 1);
  living.signal(SIGUSR1).finish().expect_exit(0).expect_out_has("still alive");
  CHECK(home->leaves().empty());
}

TEST_CASE("F61 no cgroup is left of a job, however it ends") {
  const auto home = home_group();
  if (!home) return;
  const auto daemon = "daemon close; sleep forever";
  home->launch().ranks(2).worker(daemon).expect_exit(0);
  CHECK(home->leaves().empty());
  home->launch().ranks(2).worker(daemon, "exit 3 if rank==1", "sleep forever").expect_exit(3);
  CHECK(home->leaves().empty());
  home->launch().flag("--max-restarts", "2").flag("--restart-delay", "1ms").worker(daemon, "exit 4").expect_exit(4);
  CHECK(home->leaves().empty());
  home->launch().ranks(2).program("/no/such/program").expect_exit(127);
  CHECK(home->leaves().empty());
  HostileJob job(home->launch().flag("--stop-grace", "20ms"));
  job.hit(Who::front, SIGTERM).expect_nobody_left(10 * soon).expect_killed_by(SIGTERM);
  CHECK(home->leaves().empty());
}

TEST_CASE("F61 SIGKILL of a guardian leaves no cgroup") {
  const auto home = home_group();
  if (!home) return;
  for (const auto who : {Who::front, Who::anchor, Who::core}) {
    INFO(name_of(who));
    HostileJob job(home->launch());
    static_cast<void>(job.hit(who, SIGKILL).expect_nobody_left());
    CHECK(eventually([&] { return home->leaves().empty(); }));
  }
}

TEST_CASE("F61 root makes no cgroup in a group that is systemd's own") {
  const auto home = home_group();
  if (!home) return;
  const bool can_mark = ::geteuid() == 0 && ::setxattr(home->path().c_str(), "user.delegate", "1", 1, 0) == 0;
  if (skipped_unless(can_mark, "only root on Linux 5.7 or later can mark groups as delegated")) return;
  home->launch_under_systemd().flag("-v").program("true").expect_exit(0).expect_err_has(contained);
  REQUIRE(::removexattr(home->path().c_str(), "user.delegate") == 0);
  home->launch_under_systemd().flag("-v").program("true").expect_exit(0).expect_err_lacks(contained);
}
