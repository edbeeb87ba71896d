// The mistakes that multi-process programs are known for, made by real programs: each is named with its fix. What needs
// a GPU is replayed from what such a program printed.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"
#include "scratch.hpp"

#include <unistd.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

const std::string pitfalls = std::string(GPULAUNCH_SOURCE_DIR) + "/tests/fixtures/pitfalls/";

Launch python() {
  Launch launch;
  launch.env("PYTHON_EXEC", std::string(debian_python)).within(120s).flag("--events", "fd:2").may_leave_files();
  return launch;
}

// The report and the event name the same failure, and the report says how to mend it.
void expect_recognised(const Finished& finished, const std::string& signature, const std::string& fix) {
  finished.expect_err_has("\"signature\":\"" + signature + "\"").expect_err_has("  cause (").expect_err_has("  fix: ");
  finished.expect_err_has(fix);
}

}  // namespace

TEST_CASE("a missing main guard is named, and the guard is shown") {
  if (lacks_torch()) return;
  const auto finished = python().program(pitfalls + "unguarded_spawn.py").expect_exit(1);
  expect_recognised(finished, "python-main-guard-missing", "__main__");
}

TEST_CASE("a tensor whose provider has gone while it sat in a queue is named") {
  if (lacks_torch()) return;
  const auto finished = python().program(pitfalls + "provider_gone.py").expect_exit(1);
  expect_recognised(finished, "torch-tensor-provider-gone", "alive");
}

TEST_CASE("a data loader's worker that was killed is named") {
  if (lacks_torch()) return;
  const auto finished = python().program(pitfalls + "loader.py", "killed").expect_exit(1);
  expect_recognised(finished, "torch-dataloader-worker-killed", "worker");
}

TEST_CASE("shared memory that is too small for a data loader is named") {
  if (lacks_torch() || skipped_unless(::geteuid() == 0, "only root can have a small /dev/shm to itself")) return;
  const auto finished = python()
                            .through({"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                                      "mount -t tmpfs -o size=2m none /dev/shm && exec \"$@\"", "sh"})
                            .program(pitfalls + "loader.py", "shm")
                            .expect_exit(1);
  expect_recognised(finished, "torch-dataloader-shm", "/dev/shm");
}

TEST_CASE("a negative number of data loader workers is named") {
  if (lacks_torch()) return;
  const auto finished = python().program(pitfalls + "loader.py", "negative").expect_exit(1);
  expect_recognised(finished, "torch-dataloader-num-workers", "num_workers");
}

TEST_CASE("what cannot be given to a spawned process is named") {
  const auto finished = python().program(pitfalls + "not_picklable.py").expect_exit(1);
  expect_recognised(finished, "python-not-picklable", "module");
}

TEST_CASE("a function that exists in a session alone is named") {
  const auto finished = python().program(pitfalls + "from_a_session.py").expect_exit(1);
  expect_recognised(finished, "python-target-not-importable", "module");
}

TEST_CASE("a port that somebody else has is named") {
  if (lacks_torch()) return;
  const auto finished = python().program(pitfalls + "port_in_use.py").expect_exit(1);
  expect_recognised(finished, "port-in-use", "port");
}

TEST_CASE("the log of a trainer that was started without a launcher is explained") {
  if (lacks_torch()) return;
  const ScratchDir folder;
  const auto log = folder.file("log");
  write_file(log, ask_python(read_file(pitfalls + "rank_from_environment.py"), {}).output);
  const auto finished = Launch{}.program("explain", log).expect_exit(0);
  finished.expect_out_has("torch rank variables missing").expect_out_has("  fix: ").expect_out_has("gpulaunch");
}

TEST_CASE("a rank that leaves before the others are through is named, and they are not") {
  if (lacks_torch()) return;
  const auto finished = python().ranks(3).program(pitfalls + "leaves_early.py").expect_exit(1);
  finished.expect_err_has("\"culprits\":[0]").expect_err_has("  cause (").expect_err_has("rank 0");
}

TEST_CASE("CUDA in a forked process is named, from what such a program printed") {
  const ScratchDir folder;
  const auto path = folder.file("replay");
  write_file(path,
             "1|1|Traceback (most recent call last):\n"
             "1|1|  File \"/home/me/train.py\", line 41, in worker\n"
             "1|1|    x = torch.zeros(8).to(f\"cuda:{rank}\")\n"
             "1|1|  File \"/opt/venv/lib/python3.12/site-packages/torch/cuda/__init__.py\", line 398, in "
             "_lazy_init\n"
             "1|1|    raise RuntimeError(\n"
             "1|1|RuntimeError: Cannot re-initialize CUDA in forked subprocess. To use CUDA with "
             "multiprocessing, you must use the 'spawn' start method\n");
  const auto finished = python().ranks(2).program(pitfalls + "replay.py", path).expect_exit(1);
  expect_recognised(finished, "cuda-after-fork", "spawn");
}

TEST_CASE("a CUDA tensor whose producer has gone is named, from what such a program printed") {
  const ScratchDir folder;
  const auto path = folder.file("replay");
  write_file(path,
             "0|1|[W1103 10:02:11.123456789 CudaIPCTypes.cpp:16] Producer process has been terminated "
             "before all shared CUDA tensors released. See Note [Sharing CUDA tensors]\n");
  const auto finished = python().ranks(2).program(pitfalls + "replay.py", path).expect_exit(1);
  expect_recognised(finished, "cuda-shared-tensor-producer-gone", "alive");
}
