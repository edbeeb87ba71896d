// How ranks ended, by what their launchers printed.
#include "catch.hpp"
#include "gpulaunch/base/signals.hpp"
#include "log_case_support.hpp"

using namespace gpulaunch;
using namespace gpulaunch::test;

namespace {

bool ended(const ReadLogs& logs, int rank, Fate fate, const Outcome& outcome) {
  const auto* one = account(logs, rank);
  return one != nullptr && one->fate == fate && one->outcome == outcome;
}

bool has_fact(const ReadLogs& logs, const std::string& name) {
  const auto& facts = logs.file.facts;
  return std::any_of(facts.begin(), facts.end(), [&](const auto& fact) { return fact.name == name; });
}

}  // namespace

TEST_CASE("torchrun's summary tells the failed from the stopped") {
  const auto logs = read(log_text("torchrun_oom.log"));
  CHECK(ended(logs, 1, Fate::failed, Outcome::exited(1)));
  CHECK(ended(logs, 0, Fate::stopped, Outcome::signaled(signo::term)));
  REQUIRE(account(logs, 3) != nullptr);
  CHECK(account(logs, 3)->fate == Fate::stopped);
  CHECK(logs.file.world_size == 4);
  CHECK(said(logs, 1).find("ChildFailedError") == std::string::npos);
  CHECK(said(logs, 1).find("torchrun") == std::string::npos);
}

TEST_CASE("torchrun's older summary is read as well") {
  const auto logs = read(log_text("torchrun_old_sigkill.log"));
  CHECK(ended(logs, 0, Fate::failed, Outcome::signaled(signo::kill)));
  CHECK(account(logs, 1)->fate == Fate::stopped);
}

TEST_CASE("an error file that torchrun quotes is the rank's own word") {
  const auto logs = read(log_text("torchrun_recorded.log"));
  const auto* one = account(logs, 2);
  REQUIRE(one != nullptr);
  REQUIRE(one->error);
  CHECK(one->error->message == "ValueError: loss is nan at step 17");
  CHECK(one->error->callstack.find("train.py\", line 12") != std::string::npos);
}

TEST_CASE("srun's tasks end by code and by signal, and what follows a cancelled step was stopped") {
  const auto logs = read(log_text("srun_label.log"));
  CHECK(ended(logs, 2, Fate::failed, Outcome::exited(1)));
  CHECK(ended(logs, 0, Fate::stopped, Outcome::signaled(signo::term)));
  CHECK(ended(logs, 3, Fate::stopped, Outcome::signaled(signo::kill)));
  const auto crash = read("srun: error: n1: tasks 0-1,5: Segmentation fault (core dumped)\n");
  CHECK(ended(crash, 5, Fate::failed, Outcome::signaled(11, true)));
  CHECK(account(crash, 4) == nullptr);
}

TEST_CASE("a task that Slurm calls out of memory is an OOM kill") {
  const auto logs = read(log_text("srun_oom.log"));
  CHECK(ended(logs, 11, Fate::failed, Outcome::signaled(signo::kill)));
  CHECK(has_fact(logs, "oom-kill"));
}

TEST_CASE("a step that ran into its time limit has timed out") {
  const auto logs =
      read("slurmstepd: error: *** STEP 1.0 ON n1 CANCELLED AT 2026-11-22T12:06:00 DUE TO TIME LIMIT ***\n");
  CHECK(logs.file.timed_out);
}

TEST_CASE("Open MPI names the process that went first") {
  CHECK(ended(read(log_text("mpirun_tagged.log")), 3, Fate::failed, Outcome::signaled(11)));
  CHECK(ended(read(log_text("prterun_tagged.log")), 1, Fate::failed, Outcome::exited(3)));
  CHECK(ended(read(log_text("prterun_signal.log")), 5, Fate::failed, Outcome::signaled(signo::abrt)));
  CHECK(ended(read("  Process name: [[12345,1],3]\n  Exit code:    1\n"), 3, Fate::failed, Outcome::exited(1)));
  CHECK(ended(read("MPI_ABORT was invoked on rank 2 in communicator MPI_COMM_WORLD\nwith errorcode 9.\n"), 2,
              Fate::failed, Outcome::exited(9)));
}

TEST_CASE("of MPICH's banners the first tells of the failure") {
  const auto logs = read(log_text("hydra.log"));
  CHECK(ended(logs, 1, Fate::failed, Outcome::signaled(signo::abrt)));
  CHECK(ended(logs, 0, Fate::stopped, Outcome::signaled(signo::kill)));
  CHECK(said(logs, 1).find("BAD TERMINATION") == std::string::npos);
  CHECK(ended(read("application called MPI_Abort(MPI_COMM_WORLD, 4) - process 3\n"), 3, Fate::failed,
              Outcome::exited(4)));
}

TEST_CASE("our own failure block is understood") {
  const auto logs = read(log_text("own.log"));
  CHECK(ended(logs, 2, Fate::failed, Outcome::exited(1)));
  CHECK(account(logs, 0)->fate == Fate::stopped);
  CHECK(account(logs, 1)->fate == Fate::stopped);
  const auto alike = read("gpulaunch: all 3 ranks were killed by SIGSEGV (signal 11, core dumped)\n  first: rank 2\n");
  CHECK(ended(alike, 2, Fate::failed, Outcome::signaled(11, true)));
  const auto late = read("gpulaunch: timed out after 10s; ranks still running: 0-1\n");
  CHECK(late.file.timed_out);
  CHECK(account(late, 1)->fate == Fate::running);
}

TEST_CASE("the block alone says what the rank said") {
  const auto logs = read(
      "gpulaunch: rank 2 exited with code 7\n  host node01, pid 4242\n  last lines of stderr:\n  | ValueError: bad "
      "loss\n"
      "  had finished: ranks 0-1\ngpulaunch: exit code 7 (rank 2's)\n");
  CHECK(said(logs, 2).find("ValueError: bad loss") != std::string::npos);
  CHECK(account(logs, 0)->fate == Fate::finished);
}

TEST_CASE("children of torch.multiprocessing and DeepSpeed end under their numbers") {
  const auto raised = read(log_text("spawn.log"));
  CHECK(ended(raised, 1, Fate::failed, Outcome::exited(1)));
  CHECK(said(raised, 1).find("invalid device ordinal") != std::string::npos);
  CHECK(ended(read("ProcessExitedException: process 3 terminated with signal SIGKILL\n"), 3, Fate::failed,
              Outcome::signaled(signo::kill)));
  CHECK(ended(read(log_text("deepspeed.log")), 1, Fate::failed, Outcome::exited(1)));
}

TEST_CASE("a program alone ends by what its shell or container says") {
  CHECK(ended(read(log_text("shell_segfault.log")), 0, Fate::failed, Outcome::signaled(11, true)));
  CHECK(ended(read("loading\nKilled\n"), 0, Fate::failed, Outcome::signaled(signo::kill)));
  const auto pod = read("loading\n      Reason:       OOMKilled\n      Exit Code:    137\n");
  CHECK(ended(pod, 0, Fate::failed, Outcome::exited(137)));
  CHECK(has_fact(pod, "oom-kill"));
}

TEST_CASE("whom docker compose calls by name ends under that name") {
  const auto logs =
      read("worker-0  | up\nworker-1  | up\nworker-0  | go\nworker-1  | go\nworker-1 exited with code 3\n");
  CHECK(ended(logs, 1, Fate::failed, Outcome::exited(3)));
  CHECK(account(logs, 0)->fate == Fate::unknown);
}

TEST_CASE("words without a name belong to the one rank that failed, and to nobody where several did") {
  const std::string words = "step 1\nValueError: bad\n";
  const auto one = read(words + "srun: error: n1: task 2: Exited with exit code 1\n[rank0]: waiting\n");
  CHECK(said(one, 2).find("ValueError: bad") != std::string::npos);
  const auto two = read(words + "srun: error: n1: tasks 1-2: Exited with exit code 1\n");
  CHECK(said(two, nameless_rank) == "step 1|ValueError: bad");
}
