// Rows F01, F03, F05, F11: how the end of a rank is detected, by which path, and what must not be taken for one. How
// fast it is, scripts/bench detect says.
#include "catch.hpp"
#include "hostile_job.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <optional>

using namespace harness;
using namespace std::chrono_literals;

namespace {

// How often `part` stands in what the core's descriptors lead to.
std::size_t descriptors_of_core(const Job& job, std::string_view part) {
  const pid_t core = only_child_of(only_child_of(job.pid()));
  std::size_t count = 0;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(core) + "/fd", failed)) {
    std::array<char, 256> target{};
    if (::readlink(entry.path().c_str(), target.data(), target.size() - 1) <= 0) continue;
    if (contains(target.data(), part)) ++count;
  }
  return count;
}

bool has_thread_pidfds() {
  const gpulaunch::Fd own(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), O_EXCL)));
  return static_cast<bool>(own);
}

enum class Kernel { as_it_is, without_thread_pidfds };

// A job that writes its events, and whose ranks wait for the test before they act.
class WatchedJob {
 public:
  WatchedJob(Kernel kernel, int ranks, const std::vector<std::string>& before, const std::vector<std::string>& after,
             Launch launch = {}) {
    launch.ranks(ranks).flag("--events", events_path()).in_directory(folder_.path());
    if (kernel == Kernel::without_thread_pidfds) {
      launch.env("LD_PRELOAD", FAULT_SHIM)
          .env("GPULAUNCH_FAULT", "pidfd_open:*:EINVAL")
          .env("GPULAUNCH_FAULT_IN", "gpulaunch");
    }
    auto commands = before;
    commands.insert(commands.end(), {"print in place", "await " + folder_.file("act")});
    commands.insert(commands.end(), after.begin(), after.end());
    job_.emplace(with_worker(std::move(launch), commands).start());
    job_->wait_for_out("in place", static_cast<std::size_t>(ranks));
  }
  Job& job() { return *job_; }
  [[nodiscard]] std::string events() const { return read_file(events_path()); }
  // The one event of the kind and rank, empty when there is none.
  [[nodiscard]] std::string event(const std::string& kind, int rank) const {
    const auto all = events();
    for (std::size_t at = 0; at < all.size();) {
      const auto end = std::min(all.find('\n', at), all.size());
      const auto line = all.substr(at, end - at);
      if (contains(line, "\"event\":\"" + kind + '"') && contains(line, "\"rank\":" + std::to_string(rank) + ','))
        return line;
      at = end + 1;
    }
    return "";
  }
  // The launcher keeps an eye on the ranks once this many of its descriptors are there for it.
  WatchedJob& wait_for_watch(std::string_view descriptor, std::size_t count) {
    job_->wait_until([&] { return descriptors_of_core(*job_, descriptor) >= count; }, "the watch of the ranks");
    return *this;
  }
  WatchedJob& act() {
    write_file(folder_.file("act"), "");
    return *this;
  }

 private:
  [[nodiscard]] std::string events_path() const { return folder_.file("events"); }
  ScratchDir folder_;
  std::optional<Job> job_;
};

void expect_failure(WatchedJob& watched, std::string_view path, int code, int rank) {
  const auto finished = watched.job().finish();
  finished.expect_exit(code).expect_err_has("gpulaunch: rank " + std::to_string(rank));
  INFO(watched.events());
  CHECK(contains(watched.event("failure_detected", rank), "\"detected_by\":\"" + std::string(path) + '"'));
  CHECK(contains(watched.event("rank_exited", rank), "\"detected_by\":\"" + std::string(path) + '"'));
  CHECK(contains(watched.event("rank_exited", rank), "\"cause\":\"failed\""));
  CHECK(count_of(watched.events(), "\"failure_detected\"") == 1);
  CHECK(count_of(finished.out, "told") == 3);
}

const std::vector<std::string> heavy{"threads 3", "resident 256 if rank==3", "trap TERM print told; exit 0"};
const std::vector<std::string> rank_3_fails{"exit 1 if rank==3", "sleep forever"};

}  // namespace

TEST_CASE("F01 the failure of a rank with threads is seen by one of them") {
  if (skipped_unless(has_thread_pidfds(), "no PIDFD_THREAD before Linux 6.9")) return;
  WatchedJob watched(Kernel::as_it_is, 4, heavy, rank_3_fails);
  watched.wait_for_watch("pidfd", 4 + 8).act();
  expect_failure(watched, "thread_pidfd", 1, 3);
}

TEST_CASE("F05 the failure of a rank with one thread and much memory is seen by its memory") {
  WatchedJob watched(Kernel::as_it_is, 4, {"resident 1024 if rank==3", "trap TERM print told; exit 0"}, rank_3_fails);
  watched.wait_for_watch("/statm", 4).job().pass(1s);
  watched.act();
  expect_failure(watched, "statm", 1, 3);
}

TEST_CASE("F05 without thread pidfds the failure of a rank with threads is seen by its memory") {
  if (skipped_unless(can_spoil(), "the fault would hit the sanitizer")) return;
  WatchedJob watched(Kernel::without_thread_pidfds, 4, heavy, rank_3_fails);
  watched.wait_for_watch("/statm", 4).job().pass(1s);
  watched.act();
  expect_failure(watched, "statm", 1, 3);
}

// The dump of the rank's memory takes longer than everything else in this job.
TEST_CASE("F03 a rank that writes its core file has failed before the file is written") {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  if (skipped_unless(limit.rlim_max == RLIM_INFINITY, "no core files are allowed here")) return;
  const auto pattern = read_file("/proc/sys/kernel/core_pattern");
  if (skipped_unless(!pattern.starts_with('|'), "core files are given to a program: who knows what it does")) return;
  auto before = heavy;
  before.insert(before.begin(), "cores");
  WatchedJob watched(Kernel::as_it_is, 4, before, {"dump ABRT if rank==3", "sleep forever"});
  watched.wait_for_watch("/status", 4).act();
  expect_failure(watched, "core_dumping", 134, 3);
  const auto events = watched.events();
  const auto ended = events.find(watched.event("rank_exited", 3));
  CHECK(contains(watched.event("rank_exited", 3), "\"core_dumped\":true"));
  for (const int rank : {0, 1, 2}) CHECK(events.find(watched.event("rank_exited", rank)) < ended);
}

TEST_CASE("F11 threads that come and go are no failure") {
  const auto kernel = GENERATE(Kernel::as_it_is, Kernel::without_thread_pidfds);
  if (kernel == Kernel::without_thread_pidfds && skipped_unless(can_spoil(), "the fault would hit the sanitizer"))
    return;
  WatchedJob watched(kernel, 2, {"resident 64"}, {"churn 4000"});
  watched.act().job().finish().expect_exit(0).expect_err("");
  CHECK(count_of(watched.events(), "\"rank_exited\"") == 2);
  CHECK_FALSE(contains(watched.events(), "failure_detected"));
  CHECK_FALSE(contains(watched.events(), "teardown_started"));
}

TEST_CASE("F07 a rank with much memory and threads that ends well does not end the others") {
  const auto kernel = GENERATE(Kernel::as_it_is, Kernel::without_thread_pidfds);
  if (kernel == Kernel::without_thread_pidfds && skipped_unless(can_spoil(), "the fault would hit the sanitizer"))
    return;
  const auto* threads = GENERATE("threads 3", "threads 0");
  const ScratchDir folder;
  WatchedJob watched(kernel, 2, {threads, "resident 1024 if rank==0"},
                     {"exit 0 if rank==0", "await " + folder.file("over"), "print alive"});
  watched.job().pass(1s);
  watched.act().job().wait_until([&] { return !watched.event("rank_exited", 0).empty(); }, "the end of rank 0");
  write_file(folder.file("over"), "");
  watched.job().finish().expect_exit(0).expect_err("").expect_out_has("alive");
  CHECK_FALSE(contains(watched.events(), "failure_detected"));
  CHECK_FALSE(contains(watched.events(), "teardown_started"));
  CHECK(count_of(watched.events(), "\"cause\":\"finished\"") == 2);
}

TEST_CASE("a main thread that leaves other threads behind has not ended its rank") {
  const auto kernel = GENERATE(Kernel::as_it_is, Kernel::without_thread_pidfds);
  if (kernel == Kernel::without_thread_pidfds && skipped_unless(can_spoil(), "the fault would hit the sanitizer"))
    return;
  WatchedJob watched(kernel, 2, {"threads 2", "resident 64"}, {"leave 5 if rank==0", "sleep 1500", "exit 4"},
                     Launch{}.flag("--grace", "100ms"));
  watched.job().pass(700ms);
  watched.act().job().finish().expect_exit(4).expect_err_has("gpulaunch: rank 1 exited with code 4");
}

// An exec ends all other threads, and gives the process new memory.
TEST_CASE("a rank with threads that executes another program has not failed") {
  WatchedJob watched(Kernel::as_it_is, 2, {"threads 3", "resident 64"}, {"exec /bin/sleep 1"});
  watched.job().pass(700ms);
  watched.act().job().finish().expect_exit(0).expect_err("");
}
