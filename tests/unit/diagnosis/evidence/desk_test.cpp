#include "catch.hpp"
#include "facts.hpp"
#include "gpulaunch/base/clock.hpp"
#include "gpulaunch/diagnosis/evidence/evidence.hpp"
#include "gpulaunch/process/cgroup.hpp"
#include "gpulaunch/process/proc_files.hpp"
#include "scratch_folder.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

Outcome reap(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? Outcome::signaled(WTERMSIG(status), WCOREDUMP(status))
                             : Outcome::exited(WEXITSTATUS(status));
}

EvidenceQuestion about(pid_t pid, Outcome outcome) {
  return {.ranks = {{.rank = 5, .pids = {pid}, .outcome = outcome}}};
}

bool write_to(const std::string& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  return out.good();
}

// A group below our own whose memory is limited, of version 1: that is where version 2 lacks the controller. Version 2
// refuses processes in a group that shares memory out, so there is no such group below our own.
class LimitedMemory {
 public:
  LimitedMemory() {
    const auto membership = read_proc(ProcPath() / "self" / "cgroup");
    const auto mounts = read_proc(ProcPath() / "self" / "mountinfo");
    const auto own = membership && mounts ? cgroup_v1_folder(*membership, *mounts, "memory") : std::nullopt;
    if (!own) return;
    folder_ = *own + "/gpulaunch-test-" + std::to_string(::getpid());
    usable_ = ::mkdir(folder_.c_str(), 0755) == 0 && write_to(folder_ + "/memory.limit_in_bytes", "33554432\n");
    // With swap the limit would be met without a kill; the file is missing where the kernel does not count swap.
    write_to(folder_ + "/memory.memsw.limit_in_bytes", "33554432\n");
  }
  LimitedMemory(const LimitedMemory&) = delete;
  LimitedMemory& operator=(const LimitedMemory&) = delete;
  ~LimitedMemory() { ::rmdir(folder_.c_str()); }

  [[nodiscard]] bool usable() const { return usable_; }
  // In the calling process: for ever, or until there is no more memory.
  void enter_and_eat() const {
    if (!write_to(folder_ + "/cgroup.procs", "0\n")) ::_exit(77);
    while (true) {
      constexpr std::size_t piece = 1 << 20;
      void* memory = ::mmap(nullptr, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) ::_exit(78);
      std::memset(memory, 1, piece);
    }
  }

 private:
  std::string folder_;
  bool usable_ = false;
};

}  // namespace

TEST_CASE("what happened before the desk was opened is not evidence, what comes after it is") {
  const ScratchFolder root;
  root.write("proc/self/cgroup", "0::/\n");
  root.write("proc/self/mountinfo", "38 31 0:41 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  root.write("sys/fs/cgroup/memory.events", "oom_kill 2\n");
  root.write("sys/fs/cgroup/pids.current", "1\n");
  root.write("sys/fs/cgroup/pids.max", "9\n");
  root.write("sys/fs/cgroup/pids.events", "max 1\n");
  root.write("dev/kmsg", "3,1,1,-;Memory cgroup out of memory: Killed process 40 (a) total-vm:1kB, anon-rss:1kB\n");
  auto desk = EvidenceDesk::open({.root = root.path()});
  const auto question = about(40, Outcome::signaled(SIGKILL));
  const auto nothing = desk.gather(question);
  CHECK(only(nothing, "oom-kill").empty());
  CHECK(only(nothing, "processes-limited").empty());
  root.write("sys/fs/cgroup/memory.events", "oom_kill 3\n");
  root.write("sys/fs/cgroup/pids.events", "max 2\n");
  const auto facts = desk.gather(question);
  CHECK_THAT(only(facts, "oom-kill"), Catch::Contains("rank 5: the kernel killed 1 process of cgroup"));
  CHECK_THAT(only(facts, "processes-limited"), Catch::Contains("refused 1 new processes"));
}

TEST_CASE("numbers of processes in the kernel's log count in the first pid namespace alone") {
  const ScratchFolder root;
  const auto crash_after_opening = [&](const std::string& ns) {
    std::filesystem::create_directories(root.at("proc/self/ns"));
    std::filesystem::remove(root.at("proc/self/ns/pid"));
    std::filesystem::create_symlink(ns, root.at("proc/self/ns/pid"));
    root.write("dev/kmsg", "");
    auto desk = EvidenceDesk::open({.root = root.path()});
    root.write("dev/kmsg", "6,1,1,-;python3[40]: segfault at 0 ip 1 sp 1 error 4 in libc.so.6[1+1]\n");
    return only(desk.gather(about(40, Outcome::exited(1))), "segfault-logged");
  };
  CHECK(crash_after_opening("pid:[4026531836]") ==
        "rank 5: the kernel logged a crash of pid 40 (python3): segfault at address 0x0, in libc.so.6");
  CHECK(crash_after_opening("pid:[4026532000]").empty());
}

TEST_CASE("GPUs are looked at only where somebody has listed them") {
  const ScratchFolder root;
  CHECK(only(EvidenceDesk::open({.root = root.path()}).gather({}), "no-devices").empty());
  CHECK_FALSE(only(EvidenceDesk::open({.root = root.path(), .gpus = GpuInventory{}}).gather({}), "no-devices").empty());
}

TEST_CASE("a child that crashes is found in this machine's log") {
  auto desk = EvidenceDesk::open({});
  if (!KernelLogReader("").readable()) {
    WARN("skipped: the kernel's log may not be read here");
    return;
  }
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::prctl(PR_SET_DUMPABLE, 0);  // no core file
    ::signal(SIGSEGV, SIG_DFL);
    *reinterpret_cast<volatile int*>(::getpagesize() / 2) = 1;
    ::_exit(0);
  }
  const auto outcome = reap(child);
  REQUIRE(outcome == Outcome::signaled(SIGSEGV));
  const auto told = only(desk.gather(about(child, outcome)), "segfault-logged");
  if (told.empty()) WARN("skipped: this kernel does not log crashes (debug.exception-trace)");
  if (!told.empty()) CHECK_THAT(told, Catch::Contains("pid " + std::to_string(child)) && Catch::Contains("0x800"));
}

TEST_CASE("a child that the kernel kills for lack of memory is named with its memory") {
  const LimitedMemory limited;
  if (!limited.usable()) {
    WARN("skipped: no cgroup v1 whose memory may be limited");
    return;
  }
  auto desk = EvidenceDesk::open({});
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) limited.enter_and_eat();
  const auto outcome = reap(child);
  if (outcome == Outcome::exited(77) || !KernelLogReader("").readable()) {
    WARN("skipped: the limited group may not be entered, or the kernel's log not be read");
    return;
  }
  REQUIRE(outcome == Outcome::signaled(SIGKILL));
  CHECK_THAT(only(desk.gather(about(child, outcome)), "oom-kill"),
             Catch::Contains("rank 5: the kernel killed pid " + std::to_string(child)) &&
                 Catch::Contains("its cgroup's limit was reached"));
}

TEST_CASE("opening a desk costs a job next to nothing, and gathering little") {
  const auto best_of = [](auto work) {
    auto best = Nanos::max();
    for (int i = 0; i < 20; ++i) {
      const auto start = processor_time();
      work();
      best = std::min(best, processor_time() - start);
    }
    return best;
  };
  auto desk = EvidenceDesk::open({});
  const auto opening = best_of([] { return EvidenceDesk::open({}); });
  const auto gathering =
      best_of([&] { return desk.gather({.ports = {1}, .folder = "/tmp", .temporary_folder = "/tmp"}); });
  INFO("opened in " << opening.count() / 1000 << " us, gathered in " << gathering.count() / 1000 << " us");
  CHECK(opening < std::chrono::milliseconds(5));
  CHECK(gathering < std::chrono::milliseconds(100));
}
