#include "gpulaunch/diagnosis/evidence/limit_facts.hpp"

#include "catch.hpp"
#include "facts.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using namespace gpulaunch;
using namespace gpulaunch::testing;

namespace {

constexpr rlimit plenty{RLIM_INFINITY, RLIM_INFINITY};
const ProcessLimits unlimited{.open_files = plenty, .locked_memory = plenty, .processes = plenty};

}  // namespace

TEST_CASE("limits that are wide enough are no facts") { CHECK(limit_facts(unlimited, std::nullopt, 0).empty()); }

TEST_CASE("a low limit of open files is told with the hard one") {
  auto limits = unlimited;
  limits.open_files = {1024, 1048576};
  CHECK(only(limit_facts(limits, std::nullopt, 0), "descriptors-low") ==
        "the soft limit of open files is 1024 (the hard limit 1048576)");
  limits.open_files.rlim_cur = 1025;
  CHECK(limit_facts(limits, std::nullopt, 0).empty());
}

TEST_CASE("a low limit of locked memory is told in bytes") {
  auto limits = unlimited;
  limits.locked_memory = {65536, RLIM_INFINITY};
  CHECK(only(limit_facts(limits, std::nullopt, 0), "memlock-low") ==
        "the soft limit of locked memory is 64.0 KiB (the hard limit unlimited)");
}

TEST_CASE("a user's limit of processes is told when 95% of it are used") {
  auto limits = unlimited;
  limits.processes = {100, 100};
  limits.users_threads = 94;
  CHECK(limit_facts(limits, std::nullopt, 0).empty());
  limits.users_threads = 95;
  CHECK(only(limit_facts(limits, std::nullopt, 0), "processes-limited") ==
        "the user has 95 of 100 processes and threads in use (ulimit -u)");
}

TEST_CASE("a cgroup's refusals since the start come before what it has now") {
  const TaskLimit tasks{.folder = "/cg", .most = 64, .now = 3, .refused = 9};
  CHECK(only(limit_facts(unlimited, tasks, 7), "processes-limited") ==
        "cgroup /cg refused 2 new processes or threads while the job ran (pids.max is 64)");
  CHECK(limit_facts(unlimited, tasks, 9).empty());
  const TaskLimit full{.folder = "/cg", .most = 64, .now = 62, .refused = 9};
  CHECK(only(limit_facts(unlimited, full, 9), "processes-limited") ==
        "cgroup /cg has 62 of 64 processes and threads in use");
}

TEST_CASE("our own limits are read where the ranks' are not given") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 77;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const bool own = read_process_limits({}).open_files.rlim_cur == 77;
    const bool given = read_process_limits({.open_files = rlimit{5, 6}}).open_files.rlim_cur == 5;
    ::_exit(own && given ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a user's threads are counted where a limit holds for the user") {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && ::setresuid(nobody, nobody, nobody) != 0) ::_exit(77);
    rlimit processes{};
    ::getrlimit(RLIMIT_NPROC, &processes);
    processes.rlim_cur = std::min<rlim_t>(processes.rlim_max, 10000);
    if (::setrlimit(RLIMIT_NPROC, &processes) != 0) ::_exit(77);
    ::_exit(read_process_limits({}).users_threads >= 1 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
    WARN("skipped: this user may not change user or limit");
    return;
  }
  CHECK(status == 0);
}
