#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

namespace {

PolicySpec restarting(int restarts) {
  auto result = spec(1);
  result.max_restarts = restarts;
  return result;
}

Words fail_once(Job& job, int ms) {
  job.exited(ms, 0, Outcome::exited(4));
  job.gone(ms, 0);
  return job.everyone_gone(ms);
}

}  // namespace

TEST_CASE("a failed attempt is restarted after a delay that doubles") {
  auto job = Job::running(restarting(2));
  auto words = fail_once(job, 10);
  CHECK(has(words, "restart as 1"));
  CHECK(words.back() == "timer 2 at 1010");
  CHECK(job.timer(1010, TimerId::restart) == Words{"start attempt 1"});
  job.started(0);
  CHECK(fail_once(job, 1020).back() == "timer 2 at 3020");
  CHECK(job.timer(3020, TimerId::restart) == Words{"start attempt 2"});
  job.started(0);
  CHECK(fail_once(job, 3030).back() == "finish 4");
}

TEST_CASE("the delay between restarts stays at one minute") {
  auto job = Job::running(restarting(20));
  int now = 0;
  for (int attempt = 0; attempt < 19; ++attempt) {
    fail_once(job, now);
    now += 1'000'000;
    job.timer(now, TimerId::restart);
    job.started(0);
  }
  CHECK(fail_once(job, now).back() == "timer 2 at " + std::to_string(now + 60'000));
}

TEST_CASE("a restarted job that succeeds ends with 0") {
  auto job = Job::running(restarting(1));
  fail_once(job, 10);
  job.timer(1010, TimerId::restart);
  job.started(0);
  job.exited(1020, 0, Outcome::exited(0));
  CHECK(job.everyone_gone(1020).back() == "finish 0");
}

TEST_CASE("a stop signal between two attempts ends the job at once") {
  auto job = Job::running(restarting(1));
  fail_once(job, 10);
  CHECK(job.signal(500, signo::term).back() == "finish 143 by signal");
}

TEST_CASE("neither a stop signal nor a time-out nor a program that cannot start is followed by a restart") {
  auto stopped = Job::running(restarting(1));
  stopped.signal(5, signo::term);
  CHECK(fail_once(stopped, 10).back() == "finish 143 by signal");

  auto limited = restarting(1);
  limited.timeout = std::chrono::seconds(1);
  auto late = Job::running(limited);
  late.timer(1000, TimerId::job_timeout);
  CHECK(fail_once(late, 1010).back() == "finish 124");

  auto missing = Job(restarting(1));
  missing.start();
  missing.start_failed(1, 0, ErrorKind::not_found);
  CHECK(missing.everyone_gone(1).back() == "finish 127");
}
