#include "catch.hpp"
#include "script.hpp"

using namespace gpulaunch;
using namespace gpulaunch::script;
using Words = std::vector<std::string>;

TEST_CASE("a job whose ranks all exit 0 ends with 0 and no signal is sent") {
  auto job = Job::running(spec(2));
  CHECK(job.exited(10, 0, Outcome::exited(0)) == Words{"rank 0 finished"});
  CHECK(job.gone(10, 0).empty());
  CHECK(job.exited(20, 1, Outcome::exited(0)) == Words{"rank 1 finished"});
  job.gone(20, 1);
  CHECK(job.everyone_gone(20).back() == "finish 0");
}

TEST_CASE("a rank that exits 0 while others run does not end the job") {
  auto job = Job::running(spec(2));
  CHECK_FALSE(has(job.exited(10, 0, Outcome::exited(0)), "teardown: rank failed"));
}

TEST_CASE("the first rank that fails tears the others down and gives the exit code") {
  auto job = Job::running(spec(3));
  CHECK(job.exited(10, 1, Outcome::exited(7)) ==
        Words{"rank 1 failed", "teardown: rank failed", "SIGTERM to 0 2", "timer 1 at 15010"});
  CHECK(job.exited(12, 0, Outcome::signaled(15)) == Words{"rank 0 stopped"});
  CHECK(job.exited(12, 2, Outcome::exited(1)) == Words{"rank 2 stopped"});
  for (int rank = 0; rank < 3; ++rank) job.gone(12, rank);
  CHECK(job.everyone_gone(12).back() == "finish 7");
}

TEST_CASE("a rank that died in the same instant as the first one failed on its own") {
  auto job = Job::running(spec(3));
  job.exited(10, 1, Outcome::exited(7));
  CHECK(job.exited(10, 0, Outcome::signaled(11)) == Words{"rank 0 failed"});
}

TEST_CASE("a rank that dies by a signal gives 128 + signal") {
  auto job = Job::running(spec(1));
  job.exited(10, 0, Outcome::signaled(11));
  job.gone(10, 0);
  CHECK(job.everyone_gone(10).back() == "finish 139");
}

TEST_CASE("ranks that outlive the grace are killed") {
  auto job = Job::running(spec(2));
  job.exited(10, 0, Outcome::exited(1));
  CHECK(has(job.timer(15010, TimerId::grace), "kill everything"));
}

TEST_CASE("with --on-failure continue the others run on and the first failure gives the code") {
  auto keep_going = spec(2);
  keep_going.on_failure = OnFailure::keep_going;
  auto job = Job::running(keep_going);
  CHECK(job.exited(10, 1, Outcome::exited(5)) == Words{"rank 1 failed"});
  CHECK(job.exited(20, 0, Outcome::exited(0)) == Words{"rank 0 finished"});
  CHECK(job.everyone_gone(20).back() == "finish 5");
}

TEST_CASE("what is left of a dead leader's family is killed after the linger, the other ranks stay") {
  auto job = Job::running(spec(2));
  job.exited(10, 0, Outcome::exited(0));
  CHECK(job.timer(500, TimerId::linger).empty());
  CHECK(job.timer(510, TimerId::linger) == Words{"kill family 0"});
}

TEST_CASE("strangers are killed when the linger after the last leader is over") {
  auto job = Job::running(spec(1));
  job.exited(10, 0, Outcome::exited(0));
  job.gone(10, 0);
  CHECK(has(job.timer(510, TimerId::linger), "kill everything"));
  CHECK(job.everyone_gone(515).back() == "finish 0");
}

TEST_CASE("a rank that cannot be started ends the job with the error's exit code") {
  auto job = Job(spec(3));
  job.start();
  job.started(0);
  CHECK(job.start_failed(5, 1, ErrorKind::not_found) ==
        Words{"teardown: start failed", "SIGTERM to 0", "timer 1 at 15005"});
  job.exited(6, 0, Outcome::signaled(15));
  CHECK(job.everyone_gone(6).back() == "finish 127");
}

TEST_CASE("a time-out beats the ranks' codes") {
  auto limited = spec(2);
  limited.timeout = std::chrono::seconds(2);
  auto job = Job(limited);
  CHECK(job.start() == Words{"timer 0 at 2000", "start attempt 0"});
  job.started(0);
  job.started(1);
  CHECK(has(job.timer(2000, TimerId::job_timeout), "SIGTERM to 0 1"));
  job.exited(2001, 0, Outcome::exited(3));
  job.exited(2002, 1, Outcome::exited(3));
  CHECK(job.everyone_gone(2002).back() == "finish 124");
}

TEST_CASE("ranks that end before the last one was started do not make its processes strangers") {
  auto job = Job(spec(2));
  job.start();
  job.started(0);
  job.exited(10, 0, Outcome::exited(0));
  job.gone(10, 0);
  job.started(1);
  CHECK(job.timer(600, TimerId::linger).empty());
}
