// What a spawn storm does to the job.
#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

TEST_CASE("a storm ends the job at once, without a grace and with the launcher's own code") {
  auto job = Job::running(spec(2));
  CHECK(job.storm(100, 1) == Words{"teardown: storm", "cancel 1", "kill everything", "timer 4 at 30100"});
  CHECK(job.exited(102, 0, Outcome::signaled(9)).front() == "rank 0 stopped");
  CHECK(job.exited(102, 1, Outcome::signaled(9)).front() == "rank 1 stopped");
  CHECK(job.everyone_gone(103).back() == "finish 125");
}

TEST_CASE("where children only come and go the leaders are killed first and what helps them gets the linger") {
  auto job = Job::running(spec(2));
  const auto words = job.storm(100, 1, StormKind::respawning);
  CHECK(words == Words{"teardown: storm", "SIGKILL to 0 1", "timer 1 at 600"});
  CHECK(job.exited(102, 0, Outcome::signaled(9)).front() == "rank 0 stopped");
  CHECK(job.exited(102, 1, Outcome::signaled(9)).front() == "rank 1 stopped");
  SECTION("they end by themselves") { CHECK(job.everyone_gone(150).back() == "finish 125"); }
  SECTION("they do not") {
    CHECK(has(job.timer(602, TimerId::linger), "kill everything"));
    CHECK(job.everyone_gone(604).back() == "finish 125");
  }
}

TEST_CASE("where children come and go a leader that does not die of SIGKILL is not waited for") {
  auto job = Job::running(spec(1));
  job.storm(100, 0, StormKind::respawning);
  CHECK(has(job.timer(600, TimerId::grace), "kill everything"));
}

TEST_CASE("a job that stormed is not started again") {
  auto again = spec(1);
  again.max_restarts = 3;
  auto job = Job::running(again);
  job.storm(100, 0);
  job.exited(101, 0, Outcome::signaled(9));
  CHECK(job.everyone_gone(103).back() == "finish 125");
}

TEST_CASE("a storm among ranks that are being stopped cuts their grace short and changes no verdict") {
  auto job = Job::running(spec(1));
  job.signal(100, signo::term);
  const auto words = job.storm(200, 0);
  CHECK(has(words, "kill everything"));
  CHECK_FALSE(has(words, "teardown: storm"));
  job.exited(210, 0, Outcome::signaled(9));
  CHECK(job.everyone_gone(211).back() == "finish 143 by signal");
}

TEST_CASE("a storm that is seen when everything is being killed changes nothing") {
  auto job = Job::running(spec(1));
  job.guardian_lost(100);
  CHECK(job.storm(101, 0).empty());
}
