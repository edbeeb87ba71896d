#include "gpulaunch/diagnosis/evidence/kernel_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"

#include <signal.h>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

RankTrace rank(int number, std::vector<pid_t> pids, std::optional<Outcome> outcome = std::nullopt) {
  return {.rank = number, .pids = std::move(pids), .outcome = outcome};
}

const OomKills no_kills{};

OomKills kills(long long count) { return {.count = count, .place = "cgroup /cg/job", .cgroup = "/job"}; }

KernelEntry killed(int pid, const std::string& cgroup = "") {
  return {.kind = KernelEntry::Kind::oom_kill,
          .pid = pid,
          .name = "python3",
          .of_cgroup = true,
          .cgroup = cgroup,
          .resident_kib = 1024 * 1536};
}

KernelEntry crashed(int pid) {
  return {
      .kind = KernelEntry::Kind::crash, .pid = pid, .name = "pt_autograd_0", .signo = SIGSEGV, .text = "segfault at 0"};
}

KernelEntry logged_xid(const std::string& bus, int xid, int pid, const std::string& text) {
  return {.kind = KernelEntry::Kind::xid,
          .pid = pid,
          .name = pid > 0 ? "python3" : "",
          .text = text,
          .xid = xid,
          .pci_bus = bus};
}

const GpuInventory two_gpus{GpuInventory::Source::nvml,
                            {{0, "GPU-aa", "0000:06:00.0", "X"}, {1, "GPU-bb", "0000:af:00.0", "X"}}};

}  // namespace

TEST_CASE("a logged kill is said of the rank whose leader or descendant it was") {
  const auto facts = oom_facts({killed(51)}, no_kills, {rank(0, {40}), rank(1, {50, 51})});
  CHECK(only(facts, "oom-kill") ==
        "rank 1: the kernel killed pid 51 (python3) for lack of memory when it held 1.5 GiB: its cgroup's limit was "
        "reached");
}

TEST_CASE("kills of other people's processes are left out") {
  CHECK(oom_facts({killed(99, "/elsewhere")}, no_kills, {rank(0, {40})}).empty());
  CHECK(oom_facts({killed(99, "/job")}, kills(0), {rank(0, {40})}).empty());
}

TEST_CASE("a process in the job's cgroup that nobody has seen is said of the job") {
  const auto facts = oom_facts({killed(99, "/docker/1f/job")}, kills(1), {rank(0, {40}, Outcome::exited(1))});
  CHECK_THAT(only(facts, "oom-kill"), Catch::Matchers::StartsWith("the kernel killed pid 99 (python3)"));
}

TEST_CASE("where the log's numbers mean nothing, the only rank that was killed is the one") {
  const std::vector<RankTrace> ranks{rank(0, {40}, Outcome::exited(1)), rank(1, {41}, Outcome::signaled(SIGKILL))};
  CHECK_THAT(only(oom_facts({killed(-1, "/docker/1f/job")}, kills(1), ranks), "oom-kill"),
             Catch::Matchers::StartsWith("rank 1: the kernel killed a process (python3)"));
}

TEST_CASE("the count alone names ranks only when no more have died of SIGKILL than were counted") {
  const auto dead = Outcome::signaled(SIGKILL);
  const std::string sentence = "the kernel killed 1 process of cgroup /cg/job for lack of memory while the job ran";
  CHECK(only(oom_facts({}, kills(1), {rank(0, {40}), rank(1, {41}, dead)}), "oom-kill") == "rank 1: " + sentence);
  CHECK(only(oom_facts({}, kills(1), {rank(0, {40}, dead), rank(1, {41}, dead)}), "oom-kill") == sentence);
  CHECK(only(oom_facts({}, kills(1), {rank(0, {40}, Outcome::exited(1))}), "oom-kill") == sentence);
  CHECK(oom_facts({}, kills(2), {rank(0, {40}, dead), rank(1, {41}, dead)}).size() == 2);
  CHECK(oom_facts({}, kills(0), {rank(0, {40}, dead)}).empty());
}

TEST_CASE("a rank that we killed ourselves is not taken for a victim of the kernel") {
  auto stopped = rank(0, {40}, Outcome::signaled(SIGKILL));
  stopped.stopped = true;
  CHECK_FALSE(oom_facts({}, kills(1), {stopped}).at(0).rank.has_value());
}

TEST_CASE("the machine's count says something only where a rank was killed") {
  const OomKills whole_machine{.count = 1, .place = "this machine", .cgroup = std::nullopt};
  CHECK(oom_facts({}, whole_machine, {rank(0, {40}, Outcome::exited(1))}).empty());
  CHECK(oom_facts({killed(99, "/any")}, whole_machine, {rank(0, {40})}).empty());
  CHECK_THAT(only(oom_facts({}, whole_machine, {rank(0, {40}, Outcome::signaled(SIGKILL))}), "oom-kill"),
             Catch::Contains("rank 0: the kernel killed 1 process of this machine"));
}

TEST_CASE("a crash is said of the rank whose process it was, or that alone died so") {
  const auto dead = Outcome::signaled(SIGSEGV, true);
  const std::string sentence = "the kernel logged a crash of pid 41 (pt_autograd_0): segfault at 0";
  CHECK(only(crash_facts({crashed(41)}, {rank(0, {40}), rank(1, {41})}), "segfault-logged") == "rank 1: " + sentence);
  CHECK(only(crash_facts({crashed(41)}, {rank(0, {30}), rank(1, {40}, dead)}), "segfault-logged") ==
        "rank 1: " + sentence);
}

TEST_CASE("a crash that might be another rank's or another job's is left out") {
  const auto dead = Outcome::signaled(SIGSEGV);
  CHECK(crash_facts({crashed(99)}, {rank(0, {30}, dead), rank(1, {40}, dead)}).empty());
  CHECK(crash_facts({crashed(98), crashed(99)}, {rank(0, {30}, dead)}).empty());
  CHECK(crash_facts({crashed(99)}, {rank(0, {30}, Outcome::signaled(SIGILL))}).empty());
}

TEST_CASE("an Xid is said under both names, with GPU, process and the driver's words") {
  const auto facts =
      xid_facts({logged_xid("0000:AF:00", 31, 41, "MMU Fault")}, {}, two_gpus, {rank(0, {40}), rank(1, {41})});
  CHECK(names(facts) == std::vector<std::string>{"xid", "xid-31"});
  CHECK(only(facts, "xid-31") == "rank 1: GPU 1 (0000:af:00.0) reported Xid 31, pid 41 (python3): MMU Fault");
}

TEST_CASE("an Xid without a process is the rank's that has the GPU for itself, else of the job") {
  const auto entry = logged_xid("0000:06:00", 79, -1, "GPU has fallen off the bus.");
  const std::string sentence = "GPU 0 (0000:06:00.0) reported Xid 79: GPU has fallen off the bus.";
  auto owner = rank(3, {40});
  CHECK(only(xid_facts({entry, entry}, {}, two_gpus, {owner}), "xid") == sentence);
  owner.gpu = "0000:06:00.0";
  CHECK(only(xid_facts({entry}, {}, two_gpus, {owner}), "xid") == "rank 3: " + sentence);
}

TEST_CASE("Xids of GPUs that the job cannot see are left out") {
  auto owner = rank(0, {40});
  owner.devices = "0";
  CHECK(xid_facts({logged_xid("0000:af:00", 79, -1, "")}, {}, two_gpus, {owner}).empty());
  CHECK(xid_facts({}, {{1, "0000:af:00.0", 79}}, two_gpus, {owner}).empty());
  CHECK(xid_facts({logged_xid("0000:99:00", 79, -1, "")}, {}, two_gpus, {}).empty());
  owner.devices = "GPU-b";
  CHECK(xid_facts({logged_xid("0000:af:00", 79, -1, "")}, {}, two_gpus, {owner}).size() == 2);
}

TEST_CASE("what NVML tells is said in our words, and not again where the log says it") {
  const std::vector<GpuFault> faults{{1, "0000:af:00.0", 48}};
  CHECK(only(xid_facts({}, faults, two_gpus, {}), "xid-48") ==
        "GPU 1 (0000:af:00.0) reported Xid 48 (memory error that could not be corrected)");
  CHECK(only(xid_facts({logged_xid("0000:af:00", 48, -1, "DBE")}, faults, two_gpus, {}), "xid-48") ==
        "GPU 1 (0000:af:00.0) reported Xid 48: DBE");
}
