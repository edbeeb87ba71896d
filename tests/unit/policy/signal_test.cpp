#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

TEST_CASE("a stop signal is forwarded, starts the stop grace, and is what the launcher dies of") {
  const int signo = GENERATE(signo::hup, signo::intr, signo::quit, signo::term);
  auto job = Job::running(spec(2));
  CHECK(job.signal(100, signo) == Words{"teardown: signal", signal_name(signo) + " to 0 1", "timer 1 at 30100"});
  job.exited(110, 0, Outcome::exited(0));
  job.exited(110, 1, Outcome::exited(0));
  CHECK(job.everyone_gone(110).back() == "finish " + std::to_string(128 + signo) + " by signal");
}

TEST_CASE("the second Ctrl-C kills at once, but a double delivery within 300 ms counts once") {
  auto job = Job::running(spec(2));
  CHECK(has(job.signal(100, signo::intr, true), "notice"));
  CHECK(job.signal(110, signo::intr, true).empty());
  CHECK(has(job.signal(400, signo::intr, true), "kill everything"));
}

TEST_CASE("repeated SIGTERM is forwarded once and never kills") {
  auto job = Job::running(spec(2));
  job.signal(100, signo::term);
  CHECK(job.signal(5000, signo::term).empty());
  CHECK(job.signal(9000, signo::term).empty());
}

TEST_CASE("another stop signal during the grace is forwarded once") {
  auto job = Job::running(spec(2));
  job.signal(100, signo::intr);
  CHECK(job.signal(200, signo::term) == Words{"SIGTERM to 0 1"});
  CHECK(job.signal(300, signo::term).empty());
}

TEST_CASE("user signals reach the ranks and the job goes on") {
  auto job = Job::running(spec(2));
  CHECK(job.signal(100, signo::usr1) == Words{"SIGUSR1 to 0 1"});
  CHECK(job.signal(101, signo::usr1) == Words{"SIGUSR1 to 0 1"});
  CHECK(job.signal(102, 37) == Words{"SIGRTMIN+3 to 0 1"});
}

TEST_CASE("option --on-signal changes what a signal means") {
  auto changed = spec(1);
  changed.on_signal = {
      {signo::usr1, SignalPolicy::stop}, {signo::hup, SignalPolicy::ignore}, {signo::term, SignalPolicy::forward}};
  auto job = Job::running(changed);
  CHECK(job.signal(100, signo::hup).empty());
  CHECK(job.signal(100, signo::term) == Words{"SIGTERM to 0"});
  CHECK(has(job.signal(100, signo::usr1), "teardown: signal"));
}

TEST_CASE("a failure that came before the signal keeps its exit code") {
  auto job = Job::running(spec(2));
  job.exited(10, 0, Outcome::exited(9));
  CHECK(job.signal(20, signo::term) == Words{"SIGTERM to 1"});
  job.exited(30, 1, Outcome::signaled(15));
  CHECK(job.everyone_gone(30).back() == "finish 9");
}

TEST_CASE("a rank that the same signal reached from outside is not a failure") {
  auto job = Job::running(spec(2));
  job.signal(100, signo::term);
  CHECK(job.exited(100, 0, Outcome::signaled(signo::term)) == Words{"rank 0 stopped"});
}

TEST_CASE("Ctrl-Z suspends the job") {
  auto job = Job::running(spec(1));
  CHECK(job.signal(100, signo::tstp) == Words{"suspend"});
}

TEST_CASE("with --on-failure continue a later stop signal is what the job ends of") {
  auto keep_going = spec(2);
  keep_going.on_failure = OnFailure::keep_going;
  auto job = Job::running(keep_going);
  job.exited(10, 0, Outcome::exited(7));
  job.signal(20, signo::term);
  job.exited(30, 1, Outcome::signaled(signo::term));
  CHECK(job.everyone_gone(30).back() == "finish 143 by signal");
}

TEST_CASE("a time-out after a stop signal changes nothing") {
  auto job = Job::running(spec(1));
  job.signal(10, signo::term);
  job.timer(20, TimerId::job_timeout);
  job.exited(30, 0, Outcome::exited(0));
  CHECK(job.everyone_gone(30).back() == "finish 143 by signal");
}

TEST_CASE("Ctrl-C that the rank on the terminal dies of is no failure of the rank") {
  auto alone = spec(1);
  alone.terminal = true;
  auto job = Job::running(alone);
  CHECK(has(job.exited(10, 0, Outcome::signaled(signo::intr)), "rank 0 stopped"));
  CHECK(job.everyone_gone(10).back() == "finish 130 by signal");
}

TEST_CASE("what is due in the killing phase is due once") {
  auto job = Job::running(spec(1));
  job.exited(10, 0, Outcome::exited(0));
  CHECK(has(job.timer(510, TimerId::linger), "kill everything"));
  CHECK(job.timer(511, TimerId::linger).empty());
}
