#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

namespace {

PolicySpec with_restarts(int restarts) {
  auto result = spec(1);
  result.max_restarts = restarts;
  return result;
}

Words fail_without_progress(Job& job, int ms) {
  job.started(0);
  job.exited(ms, 0, Outcome::exited(4));
  job.gone(ms, 0);
  auto words = job.everyone_gone(ms, false);
  job.timer(ms, TimerId::restart);
  return words;
}

}  // namespace

TEST_CASE("ranks of a job that hangs are told to end and get the grace") {
  auto job = Job::running(spec(2));
  CHECK(job.hung(5000) == Words{"teardown: hung", "SIGTERM to 0 1", "timer 1 at 20000"});
  CHECK(job.exited(5100, 0, Outcome::exited(3)) == Words{"rank 0 stopped"});
  job.exited(5100, 1, Outcome::signaled(signo::term));
  CHECK(job.everyone_gone(5200).back() == "finish 124");
}

TEST_CASE("a hang beats the code of a rank that had failed before") {
  auto kept = spec(2);
  kept.on_failure = OnFailure::keep_going;
  auto job = Job::running(kept);
  job.exited(10, 0, Outcome::exited(3));
  job.hung(5000);
  job.exited(5100, 1, Outcome::signaled(signo::term));
  CHECK(job.everyone_gone(5200).back() == "finish 124");
}

TEST_CASE("a hang of ranks that are being stopped already changes nothing") {
  auto job = Job::running(spec(2));
  job.exited(10, 0, Outcome::exited(3));
  CHECK(job.hung(20).empty());
  job.exited(30, 1, Outcome::signaled(signo::term));
  CHECK(job.everyone_gone(40).back() == "finish 3");
}

TEST_CASE("a job without living leaders cannot hang") {
  auto job = Job::running(spec(1));
  job.exited(10, 0, Outcome::exited(0));
  CHECK(job.hung(20).empty());
  CHECK(job.everyone_gone(30).back() == "finish 0");
}

TEST_CASE("a hang is restarted like a failure, and the attempt that comes then decides") {
  auto job = Job::running(with_restarts(1));
  job.hung(5000);
  job.exited(5100, 0, Outcome::signaled(signo::term));
  CHECK(has(job.everyone_gone(5200), "restart as 1"));
  CHECK(job.timer(6200, TimerId::restart) == Words{"start attempt 1"});
  SECTION("success") {
    job.started(0);
    job.exited(7000, 0, Outcome::exited(0));
    CHECK(job.everyone_gone(7000).back() == "finish 0");
  }
  SECTION("a failure") {
    job.started(0);
    job.exited(7000, 0, Outcome::exited(5));
    CHECK(job.everyone_gone(7000).back() == "finish 5");
  }
  SECTION("another hang") {
    job.started(0);
    job.hung(9000);
    job.exited(9100, 0, Outcome::signaled(signo::term));
    CHECK(job.everyone_gone(9100).back() == "finish 124");
  }
}

TEST_CASE("a job that is told to stop while it is ended for a hang is not restarted") {
  auto job = Job::running(with_restarts(1));
  job.hung(5000);
  job.signal(5050, signo::term);
  job.exited(5100, 0, Outcome::signaled(signo::term));
  CHECK(job.everyone_gone(5200).back() == "finish 124");
}

TEST_CASE("after three attempts in a row that got nowhere the job is not worth requeueing") {
  Job job(with_restarts(9));
  job.start();
  CHECK(has(fail_without_progress(job, 10), "restart as 1"));
  CHECK(has(fail_without_progress(job, 20), "restart as 2"));
  CHECK(fail_without_progress(job, 30).back() == "finish 93");
}

TEST_CASE("an attempt that gets on begins the count of those that do not anew") {
  Job job(with_restarts(9));
  job.start();
  fail_without_progress(job, 10);
  fail_without_progress(job, 20);
  job.started(0);
  job.exited(30, 0, Outcome::exited(4));
  CHECK(has(job.everyone_gone(30, true), "restart as 3"));
  job.timer(31, TimerId::restart);
  fail_without_progress(job, 40);
  CHECK(has(fail_without_progress(job, 50), "restart as 5"));
}

TEST_CASE("where nobody can say whether attempts get on, all restarts are made, and the last code counts") {
  Job job(with_restarts(4));
  job.start();
  for (int attempt = 0; attempt < 4; ++attempt) {
    job.started(0);
    job.exited(attempt, 0, Outcome::exited(4));
    job.everyone_gone(attempt);
    job.timer(attempt, TimerId::restart);
  }
  job.started(0);
  job.exited(9, 0, Outcome::exited(6));
  CHECK(job.everyone_gone(9).back() == "finish 6");
}

TEST_CASE("the last of the allowed attempts gives its own code, whether it got on or not") {
  Job job(with_restarts(2));
  job.start();
  fail_without_progress(job, 10);
  fail_without_progress(job, 20);
  CHECK(fail_without_progress(job, 30).back() == "finish 4");
}
