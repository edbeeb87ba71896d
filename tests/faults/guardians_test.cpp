// Rows F32 to F41: guardians are killed and stopped, one, two, or all of them. What these tests leave out of three
// guardians is Python's scripts/soak, which hits them at random moments.
#include "catch.hpp"
#include "hostile_job.hpp"
#include "leftovers.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

using namespace harness;
using namespace std::chrono_literals;

namespace {

// Whoever is left ends the job, and says so where there is still somebody to say it.
void expect_lost(const Finished& finished, Who who) {
  if (who == Who::front) {
    finished.expect_killed_by(SIGKILL);
  } else {
    finished.expect_exit(125).expect_err_has("the launcher's " + name_of(who) + " process");
  }
}

// The ranks were told to stop, and take their time.
HostileJob job_in_grace() {
  HostileJob job(Launch{}.flag("--stop-grace", "100s"), {"trap TERM print told"});
  job.hit(Who::front, SIGTERM).job().wait_for_out("told", 4);
  return job;
}

constexpr std::pair<Who, Who> pairs[] = {{Who::front, Who::anchor}, {Who::front, Who::core}, {Who::anchor, Who::core}};

}  // namespace

TEST_CASE("F32 SIGKILL of the front leaves nobody") {
  HostileJob job;
  job.hit(Who::front, SIGKILL).expect_nobody_left().expect_killed_by(SIGKILL);
}

// The shell that has started the launcher is in its process group, as the rest of a user's pipeline is: it lives on.
TEST_CASE("F33 SIGKILL of the front at any moment of the start leaves nobody and ends nobody else") {
  const std::vector<std::string> bystander{"/usr/bin/setsid", "/bin/sh", "-c", "\"$@\" & wait $!; exit 0", "sh"};
  for (int round = 0; round < 40; ++round) {
    Witness witness;
    auto job = Launch{}
                   .through(bystander)
                   .ranks(16)
                   .worker("hold " + witness.path(), "daemon sleep forever", "sleep forever")
                   .start();
    HostileJob hostile(std::move(witness), std::move(job));
    hostile.job().wait_until([&] { return only_child_of(hostile.job().pid()) > 1; }, "the launcher");
    const auto launcher = only_child_of(hostile.job().pid());
    hostile.job().pass(std::chrono::milliseconds(round));
    ::kill(launcher, SIGKILL);
    hostile.expect_nobody_left().expect_exit(0);
  }
}

TEST_CASE("F34 SIGKILL of a guardian in the grace period leaves nobody") {
  for (const auto who : {Who::front, Who::anchor, Who::core}) {
    auto job = job_in_grace();
    expect_lost(job.hit(who, SIGKILL).expect_nobody_left(), who);
  }
}

TEST_CASE("F34 SIGKILL of a guardian while the job is killed leaves nobody") {
  for (const auto who : {Who::front, Who::anchor, Who::core}) {
    HostileJob job(Launch{}.flag("--stop-grace", "20ms").flag("--linger", "20ms"), {"ignore TERM"});
    job.hit(Who::front, SIGTERM).job().pass(25ms);
    static_cast<void>(job.hit(who, SIGKILL).expect_nobody_left());
  }
}

TEST_CASE("F35 SIGKILL of the anchor or the core ends the job with 125 and a message") {
  for (const auto who : {Who::anchor, Who::core}) {
    HostileJob job;
    expect_lost(job.hit(who, SIGKILL).expect_nobody_left(), who);
  }
}

TEST_CASE("F36 SIGKILL of two guardians at once leaves nobody") {
  for (const auto& [one, other] : pairs) {
    INFO(name_of(one) << " and " << name_of(other));
    HostileJob job;
    const auto finished = job.hit(one, SIGKILL).hit(other, SIGKILL).expect_nobody_left();
    if (one == Who::front) {
      finished.expect_killed_by(SIGKILL);
    } else {
      finished.expect_exit(125);
    }
  }
}

// A known gap: nobody is left who could end more than the leaders, whom the kernel ends. Where jobs have cgroups, the
// next launcher ends the rest.
TEST_CASE("F37 SIGKILL of all guardians at once ends the leaders of the ranks") {
  HostileJob job(Launch{}.may_leave_processes().may_leave_files());
  for (const auto who : {Who::core, Who::anchor, Who::front}) job.hit(who, SIGSTOP);
  for (const auto who : {Who::core, Who::anchor, Who::front}) job.hit(who, SIGKILL);
  const auto left = [&] { return processes_with_cookie(job.job().cookie()).size(); };
  CHECK(eventually([&] { return left() <= 4 * HostileJob::family_of_rank; }));
  job.job().finish().expect_killed_by(SIGKILL);
  const auto next = Launch{}.flag("-v").program("true").expect_exit(0);
  if (contains(next.err, "in a cgroup")) CHECK(eventually([&] { return left() == 0; }));
}

TEST_CASE("F38 SIGKILL of a guardian while one other is stopped leaves nobody") {
  for (const auto stopped : {Who::anchor, Who::core}) {
    for (const auto killed : {Who::front, Who::anchor, Who::core}) {
      if (stopped == killed) continue;
      INFO(name_of(stopped) << " stopped, " << name_of(killed) << " killed");
      HostileJob job;
      job.hit(stopped, SIGSTOP).hit(killed, SIGKILL);
      expect_lost(job.expect_nobody_left(), killed);
    }
  }
}

// Nobody but the user's shell continues the front.
TEST_CASE("F38 SIGKILL of a guardian while the front is stopped leaves the front alone") {
  for (const auto killed : {Who::anchor, Who::core}) {
    INFO(name_of(killed) << " killed");
    HostileJob job;
    job.hit(Who::front, SIGSTOP).hit(killed, SIGKILL);
    CHECK(eventually([&] { return processes_with_cookie(job.job().cookie()).size() == 1; }));
    job.hit(Who::front, SIGCONT);
    expect_lost(job.expect_nobody_left(), killed);
  }
}

TEST_CASE("F38 SIGKILL of the front or the anchor when all guardians are stopped leaves nobody") {
  for (const auto killed : {Who::front, Who::anchor}) {
    INFO(name_of(killed) << " killed");
    HostileJob job;
    for (const auto who : {Who::anchor, Who::core, Who::front}) job.hit(who, SIGSTOP);
    job.hit(killed, SIGKILL).hit(Who::front, SIGCONT);
    expect_lost(job.expect_nobody_left(), killed);
  }
}

// The other known gap: everyone who could do something is stopped. It is over as soon as one of them is continued.
TEST_CASE("F38 SIGKILL of the core when all guardians are stopped leaves nobody once the front is continued") {
  HostileJob job;
  for (const auto who : {Who::anchor, Who::core, Who::front}) job.hit(who, SIGSTOP);
  job.hit(Who::core, SIGKILL).hit(Who::front, SIGCONT);
  expect_lost(job.expect_nobody_left(), Who::core);
}

TEST_CASE("F39 a stopped anchor or core is continued and the job goes on") {
  for (const auto who : {Who::anchor, Who::core}) {
    HostileJob job({}, {"trap USR1 print over; exit 0"});
    job.hit(who, SIGSTOP).hit(Who::front, SIGUSR1);
    job.job().wait_for_out("over", 4);
    job.expect_nobody_left(10 * soon).expect_exit(0).expect_err("");
  }
}

TEST_CASE("F40 SIGKILL of the front's process group leaves nobody") {
  HostileJob job(Launch{}.through({"/usr/bin/setsid"}));
  ::kill(-job.pid_of(Who::front), SIGKILL);
  job.expect_nobody_left().expect_killed_by(SIGKILL);
}

TEST_CASE("F40 SIGKILL of the front's process group leaves nobody of a rank that has the terminal") {
  HostileJob job(Launch{}.on_terminal(), {}, 1);
  ::kill(-job.pid_of(Who::front), SIGKILL);
  job.expect_nobody_left().expect_killed_by(SIGKILL);
}

TEST_CASE("F40 SIGKILL of everyone in the front's session leaves nobody") {
  HostileJob job(Launch{}.through({"/usr/bin/setsid"}));
  for (const auto& process : processes_with_cookie(job.job().cookie())) {
    if (::getsid(process.pid) == job.pid_of(Who::front)) ::kill(process.pid, SIGKILL);
  }
  job.expect_nobody_left().expect_killed_by(SIGKILL);
}

// In a PID namespace of its own, whose first process is a shell that lives on: what it leaves is not ended by the
// kernel.
TEST_CASE("F41 killing by name, of the launcher or of the user's program, leaves nobody") {
  const auto* pattern = GENERATE("gpulaunch", "-f worker");
  const std::vector<std::string> container{"/usr/bin/unshare", "--pid", "--fork", "--mount-proc"};
  if (skipped_unless(Launch{}.through(container).program("true").run().ending == Ending{},
                     "no PID namespace can be made here"))
    return;
  const ScratchDir folder;
  const auto script = std::string("\"$@\" & until [ -e ") + folder.file("kill") + " ]; do sleep 0.05; done; pkill -9 " +
                      pattern + "; wait $!; echo ended $?; until [ -e " + folder.file("over") +
                      " ]; do sleep 0.05; done";
  auto wrapper = container;
  wrapper.insert(wrapper.end(), {"/bin/bash", "-c", script, "shell"});
  Witness witness;
  auto job = with_worker(Launch{}.through(wrapper).ranks(2), hostile_commands(witness.path(), {})).start();
  job.wait_for_out("in place", 2);
  write_file(folder.file("kill"), "");
  job.wait_for_out("ended 137");
  CHECK(witness.let_go_of_within(soon));
  CHECK(eventually([&] { return job.launcher_pid() < 0; }));
  write_file(folder.file("over"), "");
  job.finish().expect_exit(0);
}
