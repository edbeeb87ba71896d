// Rows F08, F42, F57, F59 and F63: limits, a missing /proc, launchers within launchers.
#include "catch.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

using namespace harness;
using namespace std::chrono_literals;

namespace {

bool can_run_in(const std::vector<std::string>& place) {
  return Launch{}.through(place).env("LET_GO", "/").program("true").run().ending == Ending{};
}

// Every number that there is has to be tried, several times over.
constexpr auto without_proc = 60 * soon;

// Nothing at /proc; and the /proc of another PID namespace, whose first process is a shell that outlives the job (its
// own end would be everybody's).
const std::string no_proc = "mount -t tmpfs none /proc && exec \"$@\"";
const std::string until_told = "\"$@\"; code=$?; until [ -e $LET_GO ]; do sleep 0.05; done; exit $code";
const std::vector<std::vector<std::string>> places_without_proc{
    {"/usr/bin/unshare", "--mount", "/bin/sh", "-c", no_proc, "sh"},
    {"/usr/bin/unshare", "--pid", "--fork", "/bin/sh", "-c", until_told, "sh"}};

}  // namespace

TEST_CASE("F08 of two ranks that fail together the one that is reported first gives its code") {
  const ScratchDir folder;
  const auto finished =
      Launch{}
          .ranks(4)
          .worker("meet " + folder.path().string(), "exit 5 if rank==1", "exit 6 if rank==2", "sleep forever")
          .run();
  CHECK((finished.ending == Ending{false, 5} || finished.ending == Ending{false, 6}));
  const auto code = std::to_string(finished.ending.value);
  CHECK(finished.err.starts_with("gpulaunch: rank " + std::to_string(finished.ending.value - 4) + " exited with code " +
                                 code));
}

// In a cgroup that has room for the guardians and a few ranks.
TEST_CASE("F57 where a rank cannot be started those that were are ended") {
  const std::filesystem::path group = "/sys/fs/cgroup/pids/gpulaunch-test-" + make_uuid();
  std::error_code refused;
  if (skipped_unless(std::filesystem::create_directory(group, refused), "no pids cgroup can be made here")) return;
  write_file(group / "pids.max", "9");
  Witness witness;
  auto job = with_worker(Launch{}
                             .through({"/bin/sh", "-c", "echo $$ > $GROUP/cgroup.procs; exec \"$@\"", "sh"})
                             .env("GROUP", group)
                             .ranks(16),
                         {"hold " + witness.path(), "sleep forever"})
                 .start();
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(10 * soon).expect_exit(125).expect_err_has("rank");
  CHECK(::rmdir(group.c_str()) == 0);
}

// Into a cgroup whose memory the second rank uses up.
TEST_CASE("F42 a rank that the kernel kills for its memory ends the job with 137") {
  const std::filesystem::path group = "/sys/fs/cgroup/memory/gpulaunch-test-" + make_uuid();
  std::error_code refused;
  if (skipped_unless(std::filesystem::create_directory(group, refused), "no memory cgroup can be made here")) return;
  write_file(group / "memory.limit_in_bytes", "100M");
  Witness witness;
  const auto script =
      "echo $$ > $GROUP/cgroup.procs; exec 9> $WITNESS; sleep 1000 & setsid sleep 1000 & "
      "if [ $RANK = 1 ]; then exec tail /dev/zero; fi; wait";
  auto job = Launch{}.env("GROUP", group).env("WITNESS", witness.path()).ranks(3).program("bash", "-c", script).start();
  HostileJob hostile(std::move(witness), std::move(job));
  hostile.expect_nobody_left(30 * soon).expect_exit(128 + SIGKILL);
  CHECK(::rmdir(group.c_str()) == 0);
}

TEST_CASE("F59 without a usable /proc a failing rank takes everybody along") {
  for (const auto& place : places_without_proc) {
    if (skipped_unless(can_run_in(place), "no namespaces can be made here")) return;
    INFO(place.at(1));
    Witness witness;
    const auto commands = hostile_commands(witness.path(), {"exit 3 if rank==1"});
    HostileJob job(std::move(witness),
                   with_worker(Launch{}.ranks(2).through(place).env("LET_GO", "/"), commands).start());
    job.expect_nobody_left(without_proc).expect_exit(3);
  }
}

TEST_CASE("F59 without a usable /proc SIGKILL of the front leaves nobody") {
  for (const auto& place : places_without_proc) {
    if (skipped_unless(can_run_in(place), "no namespaces can be made here")) return;
    INFO(place.at(1));
    const ScratchDir folder;
    Witness witness;
    auto job = with_worker(Launch{}.ranks(2).through(place).env("LET_GO", folder.file("let-go")),
                           hostile_commands(witness.path(), {}))
                   .start();
    job.wait_for_out("in place", 2);
    const auto launcher = job.launcher_pid();
    REQUIRE(launcher > 1);
    ::kill(launcher, SIGKILL);
    CHECK(witness.let_go_of_within(without_proc));
    CHECK(eventually([&] { return job.launcher_pid() < 0; }, without_proc));
    write_file(folder.file("let-go"), "");
    static_cast<void>(job.finish());
  }
}

TEST_CASE("F63 a launcher within a launcher ends its own job alone") {
  const ScratchDir folder;
  Witness witness;
  std::vector<std::string> inner{Launch::program_path(), "--nproc", "2", Launch::worker_path()};
  for (auto& command : hostile_commands(witness.path(), {})) inner.push_back(std::move(command));
  const auto script = "if [ $RANK = 0 ]; then \"$@\"; echo inner ended $?; else until [ -e " + folder.file("go-on") +
                      " ]; do sleep 0.05; done; echo outer lives; fi";
  std::vector<std::string> words{"/bin/bash", "-c", script, "bash"};
  words.insert(words.end(), inner.begin(), inner.end());
  HostileJob job(std::move(witness), Launch{}.ranks(2).command(words).start());
  job.job().wait_for_out("in place", 2);
  for (const auto& process : processes_with_cookie(job.job().cookie())) {
    const auto parent = read_file("/proc/" + std::to_string(process.pid) + "/comm");
    if (parent == "gpulaunch\n" && process.pid != job.job().pid()) ::kill(process.pid, SIGKILL);
  }
  job.job().wait_for_out("inner ended 137");
  write_file(folder.file("go-on"), "");
  job.expect_nobody_left(10 * soon).expect_exit(0).expect_out_has("outer lives");
}

// Also of the inner one's run folder nothing is left, though all of its guardians are killed at once.
TEST_CASE("F63 SIGKILL of the outer launcher ends the inner one's job") {
  Witness witness;
  std::vector<std::string> words{Launch::program_path(), "--nproc", "2", Launch::worker_path()};
  for (auto& command : hostile_commands(witness.path(), {})) words.push_back(std::move(command));
  HostileJob job(std::move(witness), Launch{}.ranks(2).command(words).start());
  job.job().wait_for_out("in place", 4);
  job.hit(Who::front, SIGKILL).expect_nobody_left().expect_killed_by(SIGKILL);
}

TEST_CASE("F63 a TERM that timeout sends twice reaches each rank once") {
  Witness witness;
  auto job = with_worker(Launch{}.through({"/usr/bin/timeout", "2"}).ranks(2),
                         hostile_commands(witness.path(), {"trap TERM print told; sleep 300; exit 0"}))
                 .start();
  job.wait_for_out("told", 2);
  HostileJob hostile(std::move(witness), std::move(job));
  const auto finished = hostile.expect_nobody_left(10 * soon).expect_exit(124);
  CHECK(count_of(finished.out, "told") == 2);
}
