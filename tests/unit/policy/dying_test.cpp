// Ranks that are seen to fail before they are dead.
#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

TEST_CASE("a rank that is failing tears the others down before it is dead, and is not signalled itself") {
  auto job = Job::running(spec(3));
  CHECK(job.dying(10, 1, Outcome::exited(7)) ==
        Words{"rank 1 is failing", "teardown: rank failed", "SIGTERM to 0 2", "timer 1 at 15010"});
  CHECK(job.exited(12, 0, Outcome::signaled(15)) == Words{"rank 0 stopped"});
  CHECK(job.exited(12, 2, Outcome::exited(0)) == Words{"rank 2 stopped"});
  CHECK(job.exited(900, 1, Outcome::exited(7)) == Words{"rank 1 failed, as told"});
  for (int rank = 0; rank < 3; ++rank) job.gone(900, rank);
  CHECK(job.everyone_gone(900).back() == "finish 7");
}

TEST_CASE("the status at the end counts, not what was seen before") {
  auto job = Job::running(spec(2));
  job.dying(10, 0, Outcome::signaled(6));
  job.exited(11, 1, Outcome::signaled(15));
  job.exited(700, 0, Outcome::signaled(11, true));
  CHECK(job.everyone_gone(700).back() == "finish 139");
}

TEST_CASE("the rank that began to fail first is the root cause, whoever is dead first") {
  auto job = Job::running(spec(3));
  job.dying(10, 2, Outcome::exited(5));
  CHECK(job.exited(11, 0, Outcome::exited(9)) == Words{"rank 0 stopped"});
  job.exited(12, 1, Outcome::signaled(15));
  job.exited(30, 2, Outcome::exited(5));
  CHECK(job.everyone_gone(30).back() == "finish 5");
}

TEST_CASE("ranks that begin to fail in one instant have both failed on their own") {
  auto job = Job::running(spec(3));
  job.dying(10, 2, Outcome::exited(5));
  CHECK(job.dying(10, 0, Outcome::exited(6)) == Words{"rank 0 is failing"});
  CHECK(job.exited(20, 0, Outcome::exited(6)) == Words{"rank 0 failed, as told"});
  job.exited(30, 2, Outcome::exited(5));
  job.exited(30, 1, Outcome::signaled(15));
  CHECK(job.everyone_gone(30).back() == "finish 5");
}

TEST_CASE("a rank that fails after it was told to stop is no news") {
  auto job = Job::running(spec(2));
  job.signal(10, signo::term);
  CHECK(job.dying(11, 0, Outcome::exited(1)).empty());
  CHECK(job.exited(30, 0, Outcome::exited(1)) == Words{"rank 0 stopped"});
}

TEST_CASE("a sign is told once, and not of a rank that is dead") {
  auto job = Job::running(spec(3));
  job.dying(10, 0, Outcome::exited(1));
  CHECK(job.dying(10, 0, Outcome::exited(1)).empty());
  job.exited(10, 1, Outcome::exited(0));
  CHECK(job.dying(10, 1, Outcome::exited(1)).empty());
}

TEST_CASE("a failing rank whom nobody else outlives has the time that it needs") {
  auto job = Job::running(spec(2));
  job.exited(5, 1, Outcome::exited(0));
  job.gone(5, 1);
  CHECK(job.dying(10, 0, Outcome::signaled(6)) == Words{"rank 0 is failing"});
  CHECK(job.exited(90'000, 0, Outcome::signaled(6, true)) == Words{"rank 0 failed, as told", "teardown: rank failed"});
  CHECK(job.everyone_gone(90'000).back() == "finish 134");
}

TEST_CASE("the grace runs while a rank that others wait for writes its core file") {
  auto job = Job::running(spec(2));
  job.dying(10, 0, Outcome::signaled(6));
  CHECK(has(job.timer(15'010, TimerId::grace), "kill everything"));
}

TEST_CASE("with --on-failure continue nobody is stopped for a failing rank") {
  auto keep_going = spec(2);
  keep_going.on_failure = OnFailure::keep_going;
  auto job = Job::running(keep_going);
  CHECK(job.dying(10, 1, Outcome::exited(5)) == Words{"rank 1 is failing"});
  CHECK(job.exited(20, 1, Outcome::exited(5)) == Words{"rank 1 failed, as told"});
  CHECK(job.exited(30, 0, Outcome::exited(0)) == Words{"rank 0 finished"});
  CHECK(job.everyone_gone(30).back() == "finish 5");
}

TEST_CASE("a rank that fails before it is dead is followed by a restart where one is due") {
  auto again = spec(2);
  again.max_restarts = 1;
  auto job = Job::running(again);
  job.dying(10, 1, Outcome::exited(5));
  job.exited(12, 0, Outcome::signaled(15));
  job.exited(20, 1, Outcome::exited(5));
  CHECK(has(job.everyone_gone(20), "restart as 1"));
}

// Nothing is known that would make the kernel do so: but others were stopped for it, and that is no success.
TEST_CASE("a rank that ends well after it was seen to fail is the launcher's failure") {
  auto job = Job::running(spec(2));
  job.dying(10, 0, Outcome::exited(1));
  job.exited(11, 1, Outcome::signaled(15));
  CHECK(job.exited(20, 0, Outcome::exited(0)) == Words{"notice", "rank 0 finished, as told"});
  CHECK(job.everyone_gone(20).back() == "finish 125");
}

TEST_CASE("Ctrl-C that the only rank was given in our place is no failure of its") {
  auto terminal = spec(1);
  terminal.terminal = true;
  auto job = Job::running(terminal);
  CHECK(job.dying(10, 0, Outcome::signaled(signo::intr)).empty());
  job.exited(11, 0, Outcome::signaled(signo::intr));
  CHECK(job.everyone_gone(11).back() == "finish 130 by signal");
}
