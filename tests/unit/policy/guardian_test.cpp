// Guardians that are lost, signals that the ranks were given already, and processes that cannot be killed.
#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

TEST_CASE("a lost guardian ends the job at once and without a grace") {
  auto job = Job::running(spec(2));
  CHECK(job.guardian_lost(100) ==
        Words{"notice", "teardown: guardian lost", "cancel 1", "kill everything", "timer 4 at 30100"});
  CHECK(job.guardian_lost(101).empty());
  CHECK(job.exited(102, 0, Outcome::signaled(9)).front() == "rank 0 stopped");
  job.exited(102, 1, Outcome::signaled(9));
  CHECK(job.everyone_gone(103).back() == "finish 125");
}

TEST_CASE("a guardian that is lost during a grace cuts it short") {
  auto job = Job::running(spec(2));
  job.signal(100, signo::term);
  CHECK(has(job.guardian_lost(200), "kill everything"));
  CHECK(job.everyone_gone(210).back() == "finish 125");
}

TEST_CASE("a job without guardians is not started again") {
  auto again = spec(1);
  again.max_restarts = 3;
  auto job = Job::running(again);
  job.exited(10, 0, Outcome::exited(1));
  job.everyone_gone(10);
  CHECK(job.guardian_lost(20) == Words{"finish 125"});
}

TEST_CASE("a signal that its sender gave to the ranks too is acted on and not passed on") {
  auto job = Job::running(spec(2));
  CHECK(job.delivered_signal(100, signo::term) == Words{"teardown: signal", "timer 1 at 30100"});
  CHECK(job.delivered_signal(110, signo::usr1).empty());
  CHECK(job.signal(120, signo::usr1) == Words{"SIGUSR1 to 0 1"});
}

TEST_CASE("whoever cannot be killed is named after a time, and the job ends without it") {
  auto job = Job::running(spec(1));
  job.signal(100, signo::term);
  CHECK(has(job.timer(30100, TimerId::grace), "timer 4 at 60100"));
  CHECK(job.timer(60100, TimerId::unkillable) == Words{"abandon", "finish 125"});
}

TEST_CASE("the dead whom a tracer holds do not hold the job, nor change how it ends") {
  auto job = Job::running(spec(1));
  job.exited(10, 0, Outcome::exited(7));
  job.timer(510, TimerId::linger);
  CHECK(job.only_dead_held(600) == Words{"abandon", "finish 7"});
}
