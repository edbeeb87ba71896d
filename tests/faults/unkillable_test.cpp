// Rows F49 and F50: processes that no SIGKILL ends, or that nobody but a stranger may reap. The launcher names them and
// goes (with 125 where they live); the anchor stays until they are gone.
#include "catch.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

using namespace harness;
using namespace std::chrono_literals;

namespace {

constexpr auto long_enough = 30 * soon;

// One rank that has left its pid in a folder, and is in place.
struct NotedJob {
  ScratchDir folder;
  HostileJob job;
  pid_t rank;

  NotedJob()
      : job(Launch{}.flag("--stop-grace", "50ms").flag("--linger", "50ms").flag("--unkillable-timeout", "500ms"),
            {"note " + folder.path().string()}, 1),
        rank(static_cast<pid_t>(std::stol(files_below(folder.path()).at(0)))) {}

  // The launcher is told to stop, and goes although somebody is left.
  void expect_launcher_gives_up() {
    job.hit(Who::front, SIGTERM);
    expect_named(rank);
    CHECK(process_state(job.pid_of(Who::anchor)) != '\0');
  }

  void expect_named(pid_t pid) {
    REQUIRE(eventually_ended());
    const auto& err = job.job().child().err();
    INFO(err);
    CHECK(contains(err, "not ended by SIGKILL: " + std::to_string(pid) + " ("));
  }

 private:
  [[nodiscard]] bool eventually_ended() {
    job.job().child().pump_until([] { return false; }, long_enough);
    return job.job().child().ending().has_value();
  }
};

// A task that is frozen takes no signal at all, SIGKILL included, until it is thawed (cgroup v1).
class Freezer {
 public:
  Freezer() : group_("/sys/fs/cgroup/freezer/gpulaunch-test-" + make_uuid()) {
    std::error_code refused;
    there_ = std::filesystem::create_directory(group_, refused);
  }
  Freezer(const Freezer&) = delete;  // it is removed once
  Freezer& operator=(const Freezer&) = delete;
  ~Freezer() {
    if (!there_) return;
    thaw();
    static_cast<void>(eventually([&] { return ::rmdir(group_.c_str()) == 0; }));
  }
  [[nodiscard]] bool there() const { return there_; }
  void freeze(pid_t pid) const {
    write_file(group_ / "cgroup.procs", std::to_string(pid));
    write_file(group_ / "freezer.state", "FROZEN");
    REQUIRE(eventually([&] { return read_file(group_ / "freezer.state") == "FROZEN\n"; }));
  }
  void thaw() const { write_file(group_ / "freezer.state", "THAWED"); }

 private:
  std::filesystem::path group_;
  bool there_ = false;
};

}  // namespace

TEST_CASE("F49 a dead rank that a stranger traces is named, and the launcher ends without it") {
  NotedJob noted;
  if (skipped_unless(::ptrace(PTRACE_SEIZE, noted.rank, nullptr, nullptr) == 0, "ptrace is not allowed here")) return;
  noted.expect_launcher_gives_up();
  CHECK(process_state(noted.rank) == 'Z');
  // The tracer looks at last, at the signal first and then at the end.
  while (::waitpid(noted.rank, nullptr, __WALL | WNOHANG) > 0) continue;
  noted.job.expect_nobody_left(long_enough).expect_killed_by(SIGTERM);
}

TEST_CASE("F50 a rank that no signal reaches is named when the core is killed too") {
  const Freezer freezer;
  if (skipped_unless(freezer.there(), "no freezer cgroup can be made here")) return;
  NotedJob noted;
  freezer.freeze(noted.rank);
  noted.job.hit(Who::core, SIGKILL);
  noted.expect_named(noted.rank);
  freezer.thaw();
  noted.job.expect_nobody_left(long_enough).expect_exit(125);
}

TEST_CASE("F50 a rank that no signal reaches is named, and the anchor stays until it is gone") {
  const Freezer freezer;
  if (skipped_unless(freezer.there(), "no freezer cgroup can be made here")) return;
  NotedJob noted;
  freezer.freeze(noted.rank);
  noted.expect_launcher_gives_up();
  CHECK(process_state(noted.rank) != '\0');
  freezer.thaw();
  noted.job.expect_nobody_left(long_enough).expect_exit(125);
}

TEST_CASE("F50 a core that no signal reaches is named when the job is told to stop, and the anchor stays with it") {
  const Freezer freezer;
  if (skipped_unless(freezer.there(), "no freezer cgroup can be made here")) return;
  NotedJob noted;
  const auto core = noted.job.pid_of(Who::core);
  freezer.freeze(core);
  noted.job.hit(Who::front, SIGTERM);
  noted.expect_named(core);
  CHECK(process_state(noted.rank) == 'Z');  // its parent, the core, cannot reap it
  CHECK(process_state(noted.job.pid_of(Who::anchor)) != '\0');
  freezer.thaw();
  noted.job.expect_nobody_left(long_enough)
      .expect_exit(125)
      .expect_err_has("the launcher's core process does not react; the job was ended, but not all of it");
}

TEST_CASE("F50 when no signal reaches the core nor the anchor the front ends the job") {
  const Freezer freezer;
  if (skipped_unless(freezer.there(), "no freezer cgroup can be made here")) return;
  NotedJob noted;
  const auto [anchor, core] = std::pair(noted.job.pid_of(Who::anchor), noted.job.pid_of(Who::core));
  freezer.freeze(anchor);
  freezer.freeze(core);
  noted.job.hit(Who::front, SIGTERM);
  noted.expect_named(core);
  noted.expect_named(anchor);
  freezer.thaw();
  noted.job.expect_nobody_left(long_enough).expect_exit(125);
}
