#include "launch.hpp"

#include "catch.hpp"

using namespace harness;

TEST_CASE("one rank runs the program and nothing is added to its output") {
  Launch{}.worker("print hello", "warn careful").expect_exit(0).expect_out("hello\n").expect_err("careful\n");
}

TEST_CASE("four ranks run the program and each knows its number") {
  Launch{}
      .ranks(4)
      .worker("print rank {rank} of {world}")
      .expect_exit(0)
      .expect_lines({labelled(0, "rank 0 of 4"), labelled(1, "rank 1 of 4"), labelled(2, "rank 2 of 4"),
                     labelled(3, "rank 3 of 4")})
      .expect_err("");
}

TEST_CASE("all ranks run at the same time") {
  const ScratchDir folder;
  Launch{}.ranks(8).worker("meet " + folder.path().string()).expect_exit(0).expect_out("").expect_err("");
}

TEST_CASE("programs that end at once never make the job hang") {
  const int ranks = GENERATE(1, 4, 32, 64);
  for (int round = 0; round < 5; ++round)
    Launch{}.ranks(ranks).program("true").expect_exit(0).expect_out("").expect_err("");
}

TEST_CASE("a job of 1024 ranks runs and ends") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (skipped_unless(limit.rlim_max >= 8192, "the hard limit of open files is below 8192")) return;
  Launch{}.ranks(1024).within(std::chrono::seconds(200)).program("true").expect_exit(0).expect_out("").expect_err("");
  const auto finished = Launch{}.ranks(1024).within(std::chrono::seconds(200)).worker("print here").run();
  finished.expect_exit(0).expect_err("");
  CHECK(split_lines(finished.out).size() == 1024);
}

TEST_CASE("arguments reach the program byte for byte") {
  Launch{}
      .program(Launch::worker_path(), "args", "--nproc", "9", "${local_rank}", "$$", "--", "-m", "a b", "", "\xff",
               "{x}")
      .expect_exit(0)
      .expect_out("<--nproc>\n<9>\n<${local_rank}>\n<$$>\n<-->\n<-m>\n<a b>\n<>\n<\xff>\n<{x}>\n");
}

TEST_CASE("two dashes end the options") {
  Launch{}.flag("--nproc", "1").flag("--").worker("args", "--", "-r").expect_exit(0).expect_out("<-->\n<-r>\n");
}

TEST_CASE("a Python file runs under Python, a module with -m") {
  const ScratchDir folder;
  write_file(folder.file("train.py"), "import sys\nprint('script', sys.argv[1:])\n");
  write_file(folder.file("trainer.py"), "import sys\nprint('module', __name__, sys.argv[1:])\n");
  Launch{}.program(folder.file("train.py"), "--lr", "1").expect_exit(0).expect_out("script ['--lr', '1']\n");
  Launch{}
      .flag("-m")
      .program("trainer", "x")
      .in_directory(folder.path())
      .expect_exit(0)
      .expect_out("module __main__ ['x']\n");
}

TEST_CASE("PYTHON_EXEC names the interpreter") {
  const ScratchDir folder;
  write_program(folder.file("my-python"), "#!/bin/sh\necho mine \"$@\"\n");
  write_file(folder.file("train.py"), "");
  Launch{}
      .env("PYTHON_EXEC", folder.file("my-python"))
      .program(folder.file("train.py"), "a")
      .expect_exit(0)
      .expect_out("mine -u " + folder.file("train.py") + " a\n");
}

TEST_CASE("a script with an interpreter line and a relative path runs as it is") {
  const ScratchDir folder;
  write_program(folder.file("job"), "#!/bin/bash\necho \"$RANK\" \"$1\"\n");
  Launch{}.in_directory(folder.path()).program("./job", "x").expect_exit(0).expect_out("0 x\n");
}

TEST_CASE("programs are found in the PATH that the rank gets") {
  const ScratchDir folder;
  write_program(folder.file("only-here"), "#!/bin/sh\necho found\n");
  Launch{}
      .flag("--env", "PATH=" + folder.path().string() + ":/usr/bin:/bin")
      .program("only-here")
      .expect_exit(0)
      .expect_out("found\n");
}

TEST_CASE("option --chdir is where the ranks run and where relative programs count from") {
  const ScratchDir folder;
  write_program(folder.file("job"), "#!/bin/sh\npwd\n");
  Launch{}.flag("--chdir", folder.path()).program("./job").expect_exit(0).expect_out(folder.path().string() + '\n');
}

TEST_CASE("option --expand replaces rank and host in arguments and is off by default") {
  Launch{}.program("echo", "out-{rank}.log").expect_exit(0).expect_out("out-{rank}.log\n");
  Launch{}
      .ranks(2)
      .flag("--expand")
      .program("echo", "out-{rank}-{local_rank}.log")
      .expect_exit(0)
      .expect_lines({labelled(0, "out-0-0.log"), labelled(1, "out-1-1.log")});
}

TEST_CASE("option --local-rank-arg appends the local rank as old scripts want it") {
  Launch{}
      .ranks(2)
      .flag("--local-rank-arg")
      .program("echo", "x")
      .expect_exit(0)
      .expect_lines({labelled(0, "x --local-rank=0"), labelled(1, "x --local-rank=1")});
}

TEST_CASE("option --wrap puts a program before chosen ranks") {
  Launch{}
      .ranks(2)
      .flag("--wrap", "env WRAPPED='r {rank}'")
      .flag("--wrap-ranks", "1")
      .worker("env WRAPPED")
      .expect_exit(0)
      .expect_lines({labelled(0, "WRAPPED is not set"), labelled(1, "WRAPPED=r 1")});
}
