#include "catch.hpp"
#include "launch.hpp"
#include "rank_output.hpp"

using namespace harness;

namespace {

std::string first_line(const Finished& finished) {
  const auto lines = split_lines(finished.err);
  return lines.empty() ? "" : lines.front();
}

}  // namespace

TEST_CASE("a success is silent") { Launch{}.ranks(4).worker("sleep 10").expect_exit(0).expect_out("").expect_err(""); }

TEST_CASE("a failure is one short block with the culprit first") {
  const auto finished = Launch{}.ranks(8).worker("exit 7 if rank==2", "sleep forever").expect_exit(7);
  CHECK(first_line(finished) == "gpulaunch: rank 2 exited with code 7");
  CHECK(split_lines(finished.err).size() <= 25);
  finished.expect_err_has("exit code 7");
}

TEST_CASE("ranks that we stopped are summed up on one line and never called failures") {
  const ScratchDir folder;
  const auto finished = Launch{}
                            .ranks(8)
                            .worker("meet " + folder.path().string(), "exit 7 if rank==2", "sleep forever")
                            .expect_exit(7)
                            .expect_err_has("ranks 0-1, 3-7")
                            .expect_err_lacks("also failed");
  CHECK(count_of(finished.err, "SIGTERM") == 1);
}

TEST_CASE("the signal that killed a rank is named") {
  const auto finished = Launch{}.ranks(2).worker("die SEGV if rank==1", "sleep forever").expect_exit(139);
  CHECK(contains(first_line(finished), "rank 1 was killed by SIGSEGV"));
}

TEST_CASE("the last lines that the culprit wrote to standard error are quoted") {
  Launch{}
      .ranks(2)
      .flag("--local-ranks-filter", "0")
      .worker("warn ValueError: bad loss if rank==1", "exit 1 if rank==1", "sleep forever")
      .expect_exit(1)
      .expect_err_has("| ValueError: bad loss");
}

TEST_CASE("a flood of standard error is cut to its end") {
  const auto finished =
      Launch{}
          .ranks(2)
          .flag("--local-ranks-filter", "0")
          .program("bash", "-c", "[ $RANK = 0 ] && sleep 1000; for i in {1..5000}; do echo line $i >&2; done; exit 4")
          .expect_exit(4)
          .expect_err_has("| line 5000")
          .expect_err_lacks("| line 1\n");
  CHECK(split_lines(finished.err).size() <= 25);
}

TEST_CASE("torch's error file tells the reason in both of its forms") {
  for (const auto* schema : {"new", "old"})
    Launch{}
        .ranks(2)
        .worker(std::string("error-file ") + schema + " ValueError: bad loss if rank==1", "exit 1 if rank==1",
                "sleep forever")
        .expect_exit(1)
        .expect_err_has("ValueError: bad loss");
}

TEST_CASE("a broken error file does no harm") {
  Launch{}
      .ranks(2)
      .worker("error-file broken x if rank==1", "exit 6 if rank==1", "sleep forever")
      .expect_exit(6)
      .expect_err_has("rank 1 exited with code 6");
}

TEST_CASE("an outer launcher finds the culprit's error in its own error file") {
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .env("TORCHELASTIC_ERROR_FILE", folder.file("error.json"))
      .worker("error-file new ValueError: bad loss if rank==1", "exit 5 if rank==1", "sleep forever")
      .expect_exit(5);
  CHECK(contains(read_file(folder.file("error.json")), "ValueError: bad loss"));
}

TEST_CASE("an outer launcher finds cause and fix in its error file") {
  const ScratchDir folder;
  Launch{}
      .ranks(2)
      .env("TORCHELASTIC_ERROR_FILE", folder.file("error.json"))
      .worker("warn torch.OutOfMemoryError: CUDA out of memory. if rank==1", "exit 5 if rank==1", "sleep forever")
      .expect_exit(5);
  const auto file = read_file(folder.file("error.json"));
  CHECK(contains(file, "gpulaunch: rank 1 exited with code 5\\ncause (likely): "));
  CHECK(contains(file, "\\nfix: "));
}

TEST_CASE("where all ranks fail alike they are one line") {
  const ScratchDir folder;
  const auto finished = Launch{}.ranks(4).flag("--on-failure", "continue").worker("exit 9").expect_exit(9);
  CHECK(first_line(finished) == "gpulaunch: all 4 ranks exited with code 9");
}

TEST_CASE("a program that could not start is one line or two that name it") {
  const auto finished = Launch{}.ranks(64).program("no-such-program").expect_exit(127);
  CHECK(split_lines(finished.err).size() <= 2);
  CHECK(count_of(finished.err, "no-such-program") == 1);
}

TEST_CASE("secrets on the command line are not repeated in reports") {
  const ScratchDir folder;
  Launch{}
      .flag("--events", folder.file("events"))
      .flag("--env", "WANDB_API_KEY=hunter2")
      .worker("exit 3")
      .expect_exit(3)
      .expect_err_lacks("hunter2");
  CHECK_FALSE(contains(read_file(folder.file("events")), "hunter2"));
}

TEST_CASE("the report is coloured on a terminal alone") {
  Launch{}.ranks(2).worker("exit 3").expect_exit(3).expect_err_lacks("\x1b[");
  Launch{}.ranks(2).on_terminal().worker("exit 3").expect_exit(3).expect_out_has("\x1b[");
}

TEST_CASE("the report of an outer gpulaunch names what failed in the inner one") {
  const auto nested = [](const std::string& says, const std::string& ends) {
    return Launch{}.ranks(2).program(Launch::program_path(), "-n", "2", Launch::worker_path(), says + " if rank==1",
                                     ends + " if rank==1", "sleep forever");
  };
  nested("warn bad loss", "exit 5")
      .expect_exit(5)
      .expect_err_has("  error: gpulaunch: rank 1 exited with code 5\n    last lines of stderr:\n    bad loss\n")
      .expect_err_lacks("traceback");
  nested("print epoch 12", "die SEGV")
      .expect_exit(139)
      .expect_err_has("  error: gpulaunch: rank 1 was killed by SIGSEGV (signal 11)\n")
      .expect_err_lacks("traceback");
  nested("warn Traceback (most recent call last):\n  File \"train.py\"\nValueError: bad loss", "exit 1")
      .expect_exit(1)
      .expect_err_has(
          "  error: gpulaunch: rank 1 exited with code 1\n    cause (likely): The program raised ValueError")
      .expect_err_has("\n    ValueError: bad loss\n")
      .expect_err_has("  traceback:\n  | Traceback (most recent call last):\n  |   File \"train.py\"\n");
  nested("error-file new ValueError: bad loss", "exit 1")
      .expect_exit(1)
      .expect_err_has("  error: ValueError: bad loss\n");
}
