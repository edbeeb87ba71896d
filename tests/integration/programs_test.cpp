// Real programs of users, from the examples of the tree: PyTorch on gloo, C, shell, Python without a library, JAX.
#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"
#include "shared_memory.hpp"

#include <signal.h>

using namespace harness;
using namespace std::chrono_literals;

namespace {

const std::string examples = std::string(GPULAUNCH_SOURCE_DIR) + "/app/share/examples/";

Launch on_debian_python() {
  Launch launch;
  launch.env("PYTHON_EXEC", std::string(debian_python)).within(200s).may_leave_files();
  return launch;
}

}  // namespace

TEST_CASE("PyTorch DDP trains on gloo and all ranks agree") {
  if (lacks_torch()) return;
  const auto finished = on_debian_python().ranks(4).program(examples + "train_ddp.py", "--epochs", "2").run();
  finished.expect_exit(0).expect_out_lacks("DIFFER");
  CHECK(count_of(finished.out, "parameters agree") == 4);
}

TEST_CASE("an exception in one rank of a PyTorch job is the first thing in the report") {
  if (lacks_torch()) return;
  const auto finished = on_debian_python()
                            .ranks(4)
                            .program(examples + "train_ddp.py", "--epochs", "3", "--fail-rank", "1")
                            .expect_exit(1);
  const auto report = finished.err.substr(std::min(finished.err.find("gpulaunch: "), finished.err.size()));
  INFO(finished.describe());
  CHECK(report.rfind("gpulaunch: rank 1 exited with code 1", 0) == 0);
  CHECK(contains(report, "ValueError: rank 1 fails in epoch 2"));
  CHECK_FALSE(contains(report, "also failed"));
}

TEST_CASE("a link named torchrun runs the PyTorch trainer") {
  if (lacks_torch()) return;
  const auto finished = on_debian_python()
                            .called("torchrun")
                            .flag("--standalone")
                            .flag("--nproc_per_node=4")
                            .program(examples + "train_ddp.py", "--epochs=1")
                            .run();
  finished.expect_exit(0);
  CHECK(count_of(finished.out, "parameters agree") == 4);
}

TEST_CASE("a link named torchrun runs a PyTorch trainer as a module") {
  if (lacks_torch()) return;
  const auto finished = on_debian_python()
                            .called("torchrun")
                            .flag("--nproc-per-node", "2")
                            .flag("-m")
                            .in_directory(examples)
                            .env("PYTHONDONTWRITEBYTECODE", "1")
                            .program("train_ddp", "--epochs=1")
                            .run();
  finished.expect_exit(0);
  CHECK(count_of(finished.out, "parameters agree") == 2);
}

TEST_CASE("a PyTorch job is restarted and reaches its end on the same port") {
  if (lacks_torch()) return;
  const ScratchDir folder;
  write_file(folder.file("train.py"),
             "import os, torch, torch.distributed as dist\n"
             "dist.init_process_group('gloo')\n"
             "value = torch.ones(1)\n"
             "dist.all_reduce(value)\n"
             "if os.environ['TORCHELASTIC_RESTART_COUNT'] == '0' and dist.get_rank() == 1: raise SystemExit(3)\n"
             "dist.all_reduce(value)\n"
             "print('sum', int(value.item()))\n");
  on_debian_python()
      .ranks(2)
      .flag("--max-restarts", "1")
      .flag("--restart-delay", "10ms")
      .program(folder.file("train.py"))
      .expect_exit(0)
      .expect_lines({labelled(0, "sum 4"), labelled(1, "sum 4")});
}

TEST_CASE("PyTorch data loaders with workers leave nothing in shared memory") {
  if (lacks_torch()) return;
  const ScratchDir folder;
  write_file(folder.file("load.py"),
             "import torch, torch.utils.data as data\n"
             "if __name__ == '__main__':\n"
             "  loader = data.DataLoader(data.TensorDataset(torch.arange(64.)), batch_size=8, num_workers=2)\n"
             "  print('sum', int(sum(batch[0].sum().item() for batch in loader)))\n");
  const auto before = shared_tensors();
  on_debian_python()
      .ranks(2)
      .program(folder.file("load.py"))
      .expect_exit(0)
      .expect_lines({labelled(0, "sum 2016"), labelled(1, "sum 2016")});
  CHECK(shared_tensors_left_since(before) == std::vector<std::string>{});
}

TEST_CASE("a Python program that needs the environment alone runs") {
  const auto finished = on_debian_python().ranks(4).program(examples + "env_only.py").expect_exit(0);
  CHECK(count_of(finished.out, "my share of pi is ") == 4);
}

TEST_CASE("a program that looks for its rank as JAX does finds it with --compat jax") {
  const auto finished =
      on_debian_python().ranks(4).flag("--compat", "jax").program(examples + "jax_env.py").expect_exit(0);
  CHECK(count_of(finished.out, "of 4, coordinator ") == 4);
  on_debian_python().ranks(2).program(examples + "jax_env.py").expect_exit(1);
}

TEST_CASE("a shell script works through its share") {
  Launch{}
      .ranks(4)
      .program(examples + "job.sh")
      .expect_exit(0)
      .expect_lines({labelled(0, "rank 0: 6 of 24 items done"), labelled(1, "rank 1: 6 of 24 items done"),
                     labelled(2, "rank 2: 6 of 24 items done"), labelled(3, "rank 3: 6 of 24 items done")});
}

TEST_CASE("a shell script that is told to stop saves its work") {
  auto job = Launch{}
                 .ranks(2)
                 .env("SECONDS_PER_ITEM", "1000")
                 .program("bash", "-c", "echo ready; exec " + examples + "job.sh")
                 .start();
  job.wait_for_out("ready", 2).pass(300ms);
  job.signal(SIGTERM).finish().expect_killed_by(SIGTERM).expect_out_has("rank 1: told to stop, 0 items are saved");
}

#ifdef GPULAUNCH_EXAMPLE_HELLO

TEST_CASE("the smallest C program says hello from every rank") {
  const auto finished = Launch{}.ranks(4).program(GPULAUNCH_EXAMPLE_HELLO).expect_exit(0);
  for (int rank = 0; rank < 4; ++rank) finished.expect_out_has("hello from rank " + std::to_string(rank) + " of 4");
}

TEST_CASE("the C trainer learns and its failing rank is found") {
  Launch{}.ranks(4).program(GPULAUNCH_EXAMPLE_TRAINER).expect_exit(0);
  Launch{}
      .ranks(4)
      .program(GPULAUNCH_EXAMPLE_TRAINER, "--fail-rank", "2")
      .expect_exit(7)
      .expect_err_has("gpulaunch: rank 2 exited with code 7");
}

#endif
