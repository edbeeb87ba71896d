#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

using namespace harness;

namespace {

// A trainer in Python without torch, under a name that does not end in .py.
class Trainer {
 public:
  Trainer() {
    constexpr auto text =
        "import os, sys\n"
        "names = ['RANK', 'WORLD_SIZE', 'OMP_NUM_THREADS', 'TORCHELASTIC_USE_AGENT_STORE']\n"
        "sys.stdout.write(' '.join(os.environ.get(n, '-') for n in names) + ' ' + ' '.join(sys.argv[1:]) + '\\n')\n";
    write_file(folder_.file("train"), text);
    write_file(folder_.file("train.py"), text);
  }
  [[nodiscard]] const std::string folder() const { return folder_.path().string(); }
  [[nodiscard]] std::string script() const { return folder_.file("train"); }
  [[nodiscard]] std::string python_file() const { return folder_.file("train.py"); }

 private:
  ScratchDir folder_;
};

const std::vector<std::string> four_ranks = {"0 4 1 False --r=1", "1 4 1 False --r=1", "2 4 1 False --r=1",
                                             "3 4 1 False --r=1"};

}  // namespace

TEST_CASE("through a link named torchrun the usual command line works") {
  const Trainer trainer;
  Launch{}
      .called("torchrun")
      .flag("--standalone")
      .flag("--nproc_per_node=4")
      .program(trainer.python_file(), "--r=1")
      .expect_exit(0)
      .expect_lines(four_ranks)
      .expect_err("");
}

TEST_CASE("through a link named torchrun every program runs under Python") {
  const Trainer trainer;
  Launch{}
      .called("torchrun")
      .flag("--nproc-per-node", "4")
      .program(trainer.script(), "--r=1")
      .expect_exit(0)
      .expect_lines(four_ranks);
}

TEST_CASE("torchrun runs modules with -m and programs with --no-python") {
  const Trainer trainer;
  Launch{}
      .called("torchrun")
      .flag("-m")
      .in_directory(trainer.folder())
      .program("train", "x")
      .expect_exit(0)
      .expect_out("0 1 - False x\n");
  Launch{}.called("torchrun").flag("--no-python").program("echo", "x").expect_exit(0).expect_out("x\n");
  expect_usage_error(Launch{}.called("torchrun").flag("-m").flag("--no-python").program("x").run(), {"--no-python"});
}

TEST_CASE("torchrun's prefixes resolve among its own flags first") {
  const ScratchDir logs;
  Launch{}
      .called("torchrun")
      .flag("--redirect=3")
      .flag("--tee=3")
      .flag("--log-d=" + logs.path().string())
      .flag("--nproc", "2")
      .flag("--no-python")
      .worker("print x")
      .expect_exit(0);
  CHECK(files_below(logs.path()).size() == 4);
}

TEST_CASE("torchrun's prefix template labels the lines that it tees") {
  const ScratchDir logs;
  Launch{}
      .called("torchrun")
      .flag("--tee", "3")
      .flag("--log-dir", logs.path())
      .flag("--nproc-per-node", "2")
      .flag("--log-line-prefix-template", "[rank${rank}]: ")
      .flag("--no-python")
      .worker("print creating")
      .expect_exit(0)
      .expect_lines({"[rank0]: creating", "[rank1]: creating"});
}

TEST_CASE("torchrun passes arguments byte for byte and keeps two dashes") {
  Launch{}
      .called("torchrun")
      .flag("--no-python")
      .worker("args", "${local_rank}", "--", "$$")
      .expect_exit(0)
      .expect_out("<${local_rank}>\n<-->\n<$$>\n");
}

TEST_CASE("torchrun gives the culprit's exit code") {
  Launch{}
      .called("torchrun")
      .ranks(2)
      .flag("--no-python")
      .worker("exit 42 if rank==1", "sleep forever")
      .expect_exit(42);
}

TEST_CASE("flags of torchrun that have no sense here are refused or explained in one line") {
  const auto finished =
      Launch{}.called("torchrun").flag("--start-method", "fork").flag("--no-python").program("true").run();
  finished.expect_out("").expect_err_has("--start-method");
  CHECK(split_lines(finished.err).size() == 1);
}

TEST_CASE("flags of torchrun that change nothing are accepted by both names") {
  const std::vector<std::vector<std::string>> flags = {
      {"--monitor-interval", "0.5"}, {"--rdzv-backend", "c10d"},         {"--rdzv-id", "job1"}, {"--nnodes", "1"},
      {"--nnodes", "1:1"},           {"--rdzv-endpoint", "localhost:0"}, {"--node-rank", "0"}};
  for (const auto& words : flags) {
    Launch{}
        .called("torchrun")
        .flag(words[0], words[1])
        .flag("--no-python")
        .program("true")
        .expect_exit(0)
        .expect_out("");
    Launch{}.flag(words[0], words[1]).program("true").expect_exit(0).expect_out("");
  }
}

TEST_CASE("torchrun's virtual local rank is 0 everywhere") {
  Launch{}
      .ranks(2)
      .flag("--virtual-local-rank")
      .worker("env LOCAL_RANK RANK")
      .expect_exit(0)
      .expect_lines(
          {labelled(0, "LOCAL_RANK=0"), labelled(0, "RANK=0"), labelled(1, "LOCAL_RANK=0"), labelled(1, "RANK=1")});
}

TEST_CASE("torchrun's shutdown timeout is the grace period") {
  const ScratchDir folder;
  const auto finished =
      Launch{}
          .called("torchrun")
          .env("TORCH_ELASTIC_SHUTDOWN_TIMEOUT", "1")
          .ranks(2)
          .flag("--no-python")
          .worker("ignore TERM", "meet " + folder.path().string(), "exit 7 if rank==0", "sleep forever")
          .expect_exit(7);
  CHECK(finished.took >= std::chrono::seconds(1));
  CHECK(finished.took < std::chrono::seconds(14));
}
